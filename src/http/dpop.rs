//! API requests with a token that is bound to a key (RFC 9449 section 7).

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue};
use jiff::Timestamp;

use super::request_record::RequestRecord;
use crate::dpop::{UnusedProof, check_request};
use crate::error::{Error, Result};
use crate::jose::Algorithm;
use crate::server::WritingServer;
use crate::verifier::Principal;

/// Verifies a request's token and its proof, without marking the proof as used.
pub(super) async fn verify(
    server: &WritingServer,
    headers: &HeaderMap,
    record: &RequestRecord,
    token: &str,
    now: Timestamp,
) -> Result<(Arc<Principal>, UnusedProof)> {
    let (principal, key) =
        server.verifier.verify_bound(token, now).await?.map_err(Error::Unauthenticated)?;
    let request = (record.method(), &*record.url(server));
    let proof =
        check_request((&server.dpop_nonces, &server.db), headers, request, token, key, now).await?;
    Ok((principal, proof))
}

/// The challenge for an app that used the scheme, or should have.
pub(super) fn challenge(error: &Error) -> Option<HeaderValue> {
    let reason = match error {
        Error::Dpop(fault) => fault.code().to_owned(),
        Error::Unauthenticated(_) => "invalid_token".to_owned(),
        Error::MissingScope(scope) => format!(r#"insufficient_scope", scope="{scope}"#),
        _ => return None,
    };
    HeaderValue::try_from(format!(
        r#"DPoP realm="api", error="{reason}", algs="{}""#,
        Algorithm::NAMES.join(" ")
    ))
    .ok()
}
