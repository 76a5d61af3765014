//! Links to download files, for programs.

use std::convert::Infallible;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use jiff::Timestamp;

use super::document::{error_response, reference_to_header};
use crate::error::Result;
use crate::ids::FileId;
use crate::objects::{DownloadLink, ObjectKey};
use crate::server::Server;
use crate::tenant::Store;

/// Makes links to contents, as the argument of a handler that gives them: what the virus scanner holds back
/// is refused with 409.
pub struct DownloadLinks {
    now: Timestamp,
}

impl DownloadLinks {
    /// A link to a content of a portal.
    ///
    /// # Errors
    /// [`Error::Held`](crate::error::Error::Held) when it is being scanned for viruses, or blocked.
    pub async fn to(&self, store: &Store, file: &FileId) -> Result<DownloadLink> {
        store.expect_released(file).await?;
        Ok(DownloadLink::new(ObjectKey::of(store.portal(), file), self.now))
    }
}

impl FromRequestParts<Server> for DownloadLinks {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, server: &Server) -> Result<Self, Infallible> {
        Ok(Self { now: server.clock.now() })
    }
}

impl OperationInput for DownloadLinks {
    fn inferred_early_responses(
        ctx: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<u16>, Response)> {
        let about = "The file is being scanned for viruses, and `Retry-After` says when to ask again; \
                     or it is blocked: `message` says which";
        let mut held = error_response(ctx, about);
        held.headers.insert("Retry-After".to_owned(), reference_to_header("Retry-After"));
        vec![(Some(409), held)]
    }
}
