//! Forms of the sites. This is the only way to read one, and it checks that the form is the
//! visitor's own.
//!
//! A handler that doesn't accept a form returns an error ([`Error::Invalid`] and the like). The site's
//! layer then keeps the values and redirects to the form's page, which shows both.

use axum::extract::{FromRequest, Request};

use super::Visit;
use super::admission::{FormFiles, FormKind, PageForm};
use super::file_stream::{Arriving, FileStream};
use super::hidden_fields::CSRF;
use super::sent::{Sent, SentForm, UploadedFile};
use crate::error::{Error, Message, Result};
use crate::fields::{Fields, SentFile};

/// The fields of the visitor's own form.
pub struct Form(pub Fields);

/// The fields of the visitor's own form, and a file.
pub struct FormWithFile(pub Fields, pub Option<UploadedFile>);

/// The fields of the visitor's own form, and files of any size, which are on disk.
pub struct FormWithFiles(pub Fields, pub Vec<SentFile>);

/// The fields of the visitor's own form, and a file of at most so many bytes, which is on disk, and for
/// which there is room.
pub struct FormWithReserved<const MOST: u64>(pub Fields, pub Option<SentFile>);

/// The fields and files of somebody without an account, each file with the name of its field.
pub struct GuestForm(pub Fields, pub Vec<(String, SentFile)>);

/// A form as it was sent.
struct Taken {
    fields: Fields,
    file: Option<UploadedFile>,
    files: Vec<(String, SentFile)>,
}

/// Lets a form through that is the visitor's own, and whose texts both engines can keep: PostgreSQL
/// takes no NUL, and no browser lets one be typed.
fn take(mut request: Request) -> Result<Taken> {
    let visit = request.extensions().get::<Visit>().cloned();
    let sent = request.extensions_mut().remove::<Sent>();
    let (Some(visit), Some(Sent(sent))) = (visit, sent) else {
        unreachable!("the route lies outside of the site's layer")
    };
    let SentForm { pairs, file, files, errors } = sent?;
    let mut fields = Fields::pairs(pairs).in_language(visit.lang);
    fields.add_errors(errors);
    if fields.hold_nul() {
        Err(Error::BadRequest(Message::new("error.nul")))
    } else if visit.owns_form(fields.sent(CSRF)) {
        Ok(Taken { fields, file, files })
    } else {
        Err(Error::Forbidden(Message::new("error.foreign_form")))
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self> {
        take(request).map(|taken| Self(taken.fields))
    }
}

impl<S: Send + Sync> FromRequest<S> for FormWithFile {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self> {
        take(request).map(|taken| Self(taken.fields, taken.file))
    }
}

impl<S: Send + Sync> FromRequest<S> for FormWithFiles {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self> {
        let Taken { fields, files, .. } = take(request)?;
        Ok(Self(fields, files.into_iter().map(|(_, file)| file).collect()))
    }
}

impl<S: Send + Sync, const MOST: u64> FromRequest<S> for FormWithReserved<MOST> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self> {
        let Taken { fields, files, .. } = take(request)?;
        Ok(Self(fields, files.into_iter().next().map(|(_, file)| file)))
    }
}

impl<S: Send + Sync> FromRequest<S> for GuestForm {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self> {
        take(request).map(|taken| Self(taken.fields, taken.files))
    }
}

impl PageForm for Form {
    const KIND: FormKind = FormKind { single_use_field: None, files: FormFiles::None };
}

impl PageForm for FormWithFile {
    const KIND: FormKind = FormKind { single_use_field: None, files: FormFiles::Small };
}

impl PageForm for FormWithFiles {
    const KIND: FormKind = FormKind { single_use_field: None, files: FormFiles::Large };
}

impl<const MOST: u64> PageForm for FormWithReserved<MOST> {
    const KIND: FormKind = FormKind { single_use_field: None, files: FormFiles::Reserved(MOST) };
}

impl PageForm for GuestForm {
    const KIND: FormKind = FormKind { single_use_field: None, files: FormFiles::OfGuest };
}

/// The fields of the visitor's own form, and a file that is read while it arrives. Fields after the
/// file are not read.
pub struct StreamedForm(pub Fields, pub Option<FileStream>);

impl<S: Send + Sync> FromRequest<S> for StreamedForm {
    type Rejection = Error;

    async fn from_request(mut request: Request, _: &S) -> Result<Self> {
        let arriving = request.extensions_mut().remove::<Arriving>();
        let fields = take(request)?.fields;
        Ok(Self(fields, arriving.and_then(Arriving::take)))
    }
}

impl PageForm for StreamedForm {
    const KIND: FormKind = FormKind { single_use_field: None, files: FormFiles::Streamed };
}
