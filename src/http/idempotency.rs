//! The header `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07): a layer around all
//! routes, which takes note of a request's key for [`WriteTx`](super::WriteTx).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::response::Response;
use futures_util::TryStreamExt;
use serde_json::{Value, json};

use super::multipart::is_multipart;
use crate::error::{Error, Message, Result};
use crate::fields::Uploaded;
use crate::idempotency::{
    Answer, IdempotencyKey, KeyId, KeyUse, LONGEST_BODY, LONGEST_KEY, RequestDigest,
    RequestInProgress,
};
use crate::server::Server;
use crate::verifier::Principal;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Marks an answer that was given before.
pub(super) const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// A request with a key. The key is in progress until the last clone is dropped.
#[derive(Clone)]
pub(crate) struct Keyed(Arc<Inner>);

struct Inner {
    request: RequestInProgress,
    /// The API key or consent that the token belongs to.
    holder: String,
    digest: Mutex<RequestDigest>,
}

impl Keyed {
    /// Takes note of a POST request's key, for its handler; the other methods have the same effect
    /// when they are repeated. The body is hashed while it is read; for a form in parts see
    /// [`Keyed::note_form`].
    ///
    /// # Errors
    /// [`Error::BadRequest`] for a malformed key; [`Error::InProgress`] while another request with
    /// this key is answered.
    pub(crate) fn note(
        request: &mut Request,
        server: &Server,
        principal: &Principal,
    ) -> Result<()> {
        if request.method() != Method::POST {
            return Ok(());
        }
        let Some(key) = key_of(request.headers())? else { return Ok(()) };
        let holder = principal.subject.id();
        let id = KeyId::new(&principal.portal, holder, &key);
        let in_progress = server.in_progress.begin(id).ok_or(Error::InProgress)?;
        let path = request.uri().path_and_query().map_or("", |path| path.as_str());
        let digest = Mutex::new(RequestDigest::new(request.method().as_str(), path));
        let inner = Inner { request: in_progress, holder: holder.to_owned(), digest };
        let keyed = Self(Arc::new(inner));
        if !is_multipart(request.headers()) {
            let (body, reader) = (std::mem::take(request.body_mut()), keyed.clone());
            let hashed = body.into_data_stream().inspect_ok(move |part| reader.digest().add(part));
            *request.body_mut() = Body::from_stream(hashed);
        }
        request.extensions_mut().insert(keyed);
        Ok(())
    }

    /// Takes note of a form in parts: of what it says and not of its bytes, because most clients
    /// separate the parts by another random boundary each time they send it.
    pub(super) fn note_form(&self, form: &Uploaded) {
        let mut digest = self.digest();
        let mut add = |parts: [&[u8]; 3]| {
            for part in parts {
                digest.add(&(part.len() as u64).to_be_bytes());
                digest.add(part);
            }
        };
        for (name, text) in &form.texts {
            add([b"text", name.as_bytes(), text.as_bytes()]);
        }
        for (name, json) in &form.json {
            add([b"json", name.as_bytes(), json]);
        }
        for (name, file) in &form.files {
            add([b"file", name.as_bytes(), &file.sha256]);
            let media_type = file.media_type.as_deref().unwrap_or_default();
            add([b"kind", file.file_name.as_bytes(), media_type.as_bytes()]);
        }
    }

    /// The request's key.
    pub(super) fn key(&self) -> KeyId {
        self.0.request.key()
    }

    /// The use of the key by the request, whose body has been read.
    pub(super) fn key_use(&self) -> KeyUse {
        let (request, holder) = (self.digest().fingerprint(), self.0.holder.clone());
        KeyUse { key: self.key(), request, holder }
    }

    fn digest(&self) -> MutexGuard<'_, RequestDigest> {
        self.0.digest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The key in the headers, if there is one.
fn key_of(headers: &HeaderMap) -> Result<Option<IdempotencyKey>> {
    let mut values = headers.get_all(KEY).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().unwrap_or_default().trim().parse().map(Some),
        (Some(_), Some(_)) => {
            Err(Error::BadRequest(Message::with("error.idempotency.key", LONGEST_KEY)))
        }
    }
}

/// The response, and what of it can be repeated; nothing if it is too large.
pub(super) async fn recorded(response: Response) -> Result<(Response, Option<Answer>)> {
    let length = response.body().size_hint().exact();
    if length.is_none_or(|length| length > LONGEST_BODY as u64) {
        return Ok((response, None));
    }
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, LONGEST_BODY).await.map_err(Error::internal)?;
    let headers = parts.headers.iter();
    let answer = Answer {
        status: parts.status.as_u16(),
        headers: headers
            .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
            .collect(),
        body: body.to_vec(),
    };
    Ok((Response::from_parts(parts, Body::from(body)), Some(answer)))
}

/// The same answer once more.
pub(super) fn replayed(answer: Answer) -> Result<Response> {
    let mut response = Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    response
        .header(REPLAYED, HeaderValue::from_static("true"))
        .body(Body::from(answer.body))
        .map_err(Error::internal)
}

/// The header as a parameter in the OpenAPI document.
pub(super) fn parameter() -> Value {
    let about = "A text that you choose for this request, such as a UUID, and send again when you retry it: \
                 the request is carried out once, and a retry within 24 hours gets the same response";
    json!({
        "name": "Idempotency-Key",
        "in": "header",
        "required": false,
        "description": about,
        "schema": { "type": "string", "description": about, "minLength": 1, "maxLength": LONGEST_KEY },
    })
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;

    use super::*;
    use crate::http::Revised;

    #[test]
    fn there_is_one_key_or_none() {
        let key = |values: &[&str]| {
            key_of(&values.iter().map(|value| (KEY, value.parse().unwrap())).collect())
        };
        assert!(matches!(key(&[]), Ok(None)));
        assert_eq!(key(&["\"a\""]).unwrap(), key(&[" a "]).unwrap());
        for wrong in [&["a", "a"][..], &[""], &["a b"]] {
            assert!(matches!(key(wrong), Err(Error::BadRequest(_))), "{wrong:?}");
        }
        assert!(
            key_of(&[(KEY, HeaderValue::from_bytes(b"\xe9").unwrap())].into_iter().collect())
                .is_err()
        );
    }

    #[tokio::test]
    async fn an_answer_is_repeated_as_it_was_and_marked() {
        let (first, answer) = recorded(Revised(3, "x").into_response()).await.unwrap();
        let again = replayed(answer.unwrap()).unwrap();
        let mut headers = again.headers().clone();
        assert_eq!(headers.remove(REPLAYED).unwrap(), "true");
        assert_eq!((again.status(), &headers), (first.status(), first.headers()));
        let bytes = async |response: Response| {
            axum::body::to_bytes(response.into_body(), 100).await.unwrap()
        };
        assert_eq!(bytes(again).await, bytes(first).await);
    }

    #[tokio::test]
    async fn of_an_answer_that_is_too_large_nothing_is_stored() {
        let size = |length: usize| Response::new(Body::from(vec![b'x'; length]));
        assert!(recorded(size(LONGEST_BODY)).await.unwrap().1.is_some());
        let (response, answer) = recorded(size(LONGEST_BODY + 1)).await.unwrap();
        assert!(answer.is_none());
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert_eq!(body.len(), LONGEST_BODY + 1);
    }
}
