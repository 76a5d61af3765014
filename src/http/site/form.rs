//! Forms of the sites. This is the only way to read one, and it checks that the form is the
//! visitor's own.

use axum::body::Bytes;
use axum::extract::multipart::MultipartError;
use axum::extract::{FromRequest, Multipart, Request};

use super::Visit;
use crate::error::{Error, Message, Result};
use crate::http::{Fields, body_fault, expect_no_coding, read_body};

/// The hidden field of every form.
const CSRF: &str = "csrf";

/// The maximum size of a form without a file, in bytes.
const LARGEST_FORM: usize = 64 * 1024;

/// The fields of the visitor's own form.
pub struct Form(pub Fields);

/// The fields of the visitor's own form, and a file.
pub struct FormWithFile(pub Fields, pub Option<UploadedFile>);

/// A file that came with a form.
pub struct UploadedFile {
    /// Its bytes.
    pub bytes: Bytes,
}

fn visit_of(request: &Request) -> Visit {
    request
        .extensions()
        .get::<Visit>()
        .cloned()
        .unwrap_or_else(|| unreachable!("the route lies outside of the site's layer"))
}

/// Checks that a form is the visitor's own and contains no NUL, which PostgreSQL can't store and no
/// browser lets people type.
fn check(visit: &Visit, fields: Fields) -> Result<Fields> {
    if fields.hold_nul() {
        Err(Error::BadRequest(Message::new("error.nul")))
    } else if visit.owns_form(fields.sent(CSRF)) {
        Ok(fields)
    } else {
        Err(Error::Forbidden(Message::new("error.foreign_form")))
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self> {
        let visit = visit_of(&request);
        let (parts, body) = request.into_parts();
        let body = read_body(&parts.headers, body, LARGEST_FORM).await?;
        check(&visit, Fields::form(&body)).map(Self)
    }
}

impl<S: Send + Sync> FromRequest<S> for FormWithFile {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let visit = visit_of(&request);
        expect_no_coding(request.headers())?;
        let bad = |error: MultipartError| body_fault(&error);
        let mut parts = Multipart::from_request(request, state)
            .await
            .map_err(|_| Error::BadRequest(Message::new("error.bad_request")))?;
        let (mut pairs, mut file) = (Vec::new(), None);
        while let Some(part) = parts.next_field().await.map_err(bad)? {
            let Some(name) = part.name().map(str::to_owned) else { continue };
            if part.file_name().is_some() {
                let bytes = part.bytes().await.map_err(part_fault)?;
                file = (!bytes.is_empty()).then_some(UploadedFile { bytes });
            } else {
                pairs.push((name, part.text().await.map_err(part_fault)?));
            }
        }
        Ok(Self(check(&visit, Fields::pairs(pairs))?, file))
    }
}

/// The error of a part of a form that couldn't be read: too slow, disconnected, or too large.
fn part_fault(error: MultipartError) -> Error {
    match body_fault(&error) {
        Error::RequestTimeout => Error::RequestTimeout,
        _ => Error::from_status(error.status()),
    }
}
