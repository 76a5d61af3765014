//! Who may open a page: its handler's first argument says so.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::accounts::{Permission, Role};

/// Who may open a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Everybody.
    Everybody,
    /// People who are logged in.
    LoggedIn,
    /// The members of the open portal or developer.
    Members,
    /// The members whose role has the permission.
    MembersWith(Permission),
}

impl Admission {
    /// Whether a member with this role may open the page.
    pub fn admits(self, role: Role) -> bool {
        match self {
            Self::Everybody | Self::LoggedIn | Self::Members => true,
            Self::MembersWith(permission) => role.may(permission),
        }
    }
}

/// A type of visitors.
pub trait Visitor {
    /// Who they are.
    const ADMISSION: Admission;
}

/// Everybody, also outside of the sites with accounts.
pub struct Anybody;

impl Visitor for Anybody {
    const ADMISSION: Admission = Admission::Everybody;
}

impl<S: Send + Sync> FromRequestParts<S> for Anybody {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self)
    }
}

/// What a handler reads of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormKind {
    /// The hidden field by which the form counts once, if it does.
    pub single_use_field: Option<&'static str>,
    /// The files that come with it.
    pub files: FormFiles,
}

/// The files of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormFiles {
    /// None.
    None,
    /// A small one.
    Small,
    /// Some of any size, which are kept on disk.
    Large,
    /// One of at most so many bytes, which is kept on disk. Room for it was reserved before.
    Reserved(u64),
    /// One that the handler reads while it arrives, so that it can be large.
    Streamed,
    /// Some of any size, of somebody without an account: the public link in the path tells whose room
    /// they take.
    OfGuest,
}

/// A form as a handler's last argument.
pub trait PageForm {
    /// What it reads.
    const KIND: FormKind;
}

/// The arguments of a handler whose first one is a [`Visitor`].
#[diagnostic::on_unimplemented(
    message = "this handler does not state who may open the page",
    note = "its first argument must be a visitor, such as `Visit`, `Person`, `Member` or `Allowed<Member, may::…>`"
)]
pub trait StatesVisitor {
    /// Who may open the page.
    const ADMISSION: Admission;
}

/// The arguments of a handler that begin with a [`Visitor`] and end with a [`PageForm`].
#[diagnostic::on_unimplemented(
    message = "this handler does not read the visitor's own form",
    note = "its first argument must be a visitor, and its last one `Form`, `FormWithFile` or `SingleUse<…>`"
)]
pub trait TakesForm {
    /// What it reads of the form.
    const FORM: FormKind;
}

macro_rules! arguments {
    ($($between:ident),*) => {
        impl<M, V: Visitor, $($between),*> StatesVisitor for (M, V, $($between,)*) {
            const ADMISSION: Admission = V::ADMISSION;
        }

        impl<M, V: Visitor, $($between,)* Z: PageForm> TakesForm for (M, V, $($between,)* Z) {
            const FORM: FormKind = Z::KIND;
        }
    };
}

arguments!();
arguments!(A);
arguments!(A, B);
arguments!(A, B, C);
arguments!(A, B, C, D);
arguments!(A, B, C, D, E);
arguments!(A, B, C, D, E, F);
arguments!(A, B, C, D, E, F, G);
