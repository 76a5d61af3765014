//! An upload in a request of the API, and the form with files of a page.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, ReferenceOr, RequestBody, Response, SchemaObject};
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use schemars::JsonSchema;

use super::limits::{FromUpload, UploadLimits};
use super::receive::receive;
use crate::config::Config;
use crate::error::{Error, FieldErrors, Result};
use crate::fields::ignored::IgnoredFields;
use crate::fields::{Fields, Uploaded};
use crate::http::FileRoom;
use crate::http::document::error_response;
use crate::http::idempotency::Keyed;
use crate::server::Server;
use crate::tenant::Store;
use crate::verifier::Principal;

/// An upload, read into `T`.
pub struct Upload<T>(pub T);

impl<T: FromUpload> FromRequest<Server> for Upload<T> {
    type Rejection = Error;

    async fn from_request(request: Request, server: &Server) -> Result<Self> {
        let (parts, body) = request.into_parts();
        let (limits, folder) = (T::limits(&server.config), folder(&server.config));
        let principal = parts.extensions.get::<Arc<Principal>>();
        let keyed = parts.extensions.get::<Keyed>();
        let room = match principal {
            Some(principal) => room(server, principal, keyed).await?,
            None => None,
        };
        let fields = read_upload(&parts.headers, body, (limits, room), &folder, keyed).await?;
        let mut fields = match principal {
            Some(principal) => fields.in_zone(&principal.time_zone),
            None => fields,
        };
        fields.read_noting(&IgnoredFields::within(&parts.extensions)).map(Self)
    }
}

/// The room for an upload. That of a request that was carried out before doesn't matter: it gets its
/// answer again.
async fn room(
    server: &Server,
    principal: &Principal,
    keyed: Option<&Keyed>,
) -> Result<Option<FileRoom>> {
    let store = Store::open(server.db.clone(), principal.portal.clone());
    if let Some(keyed) = keyed
        && keyed.key().was_used(&store, server.clock.now()).await?
    {
        return Ok(None);
    }
    FileRoom::of(&store, &server.config.quotas).await.map(Some)
}

/// The folder of temporary files.
fn folder(config: &Config) -> PathBuf {
    config.data_dir.join("uploads")
}

/// Reads a form with files of a page: its texts and files, and what is wrong with the files.
///
/// # Errors
/// As [`read_upload`].
pub(crate) async fn read_form_with_files(
    headers: &HeaderMap,
    body: Body,
    (limits, room): (UploadLimits, Option<FileRoom>),
    config: &Config,
) -> Result<(Uploaded, FieldErrors)> {
    receive(headers, body, (limits, room), &folder(config)).await
}

/// Reads an upload, with its files in this folder, and notes it for the request's `Idempotency-Key`.
///
/// # Errors
/// As [`receive`].
pub(super) async fn read_upload(
    headers: &HeaderMap,
    body: Body,
    (limits, room): (UploadLimits, Option<FileRoom>),
    folder: &Path,
    keyed: Option<&Keyed>,
) -> Result<Fields> {
    let (received, errors) = receive(headers, body, (limits, room), folder).await?;
    if let Some(keyed) = keyed {
        keyed.note_form(&received);
    }
    let mut fields = Fields::upload(received)?;
    fields.add_errors(errors);
    Ok(fields)
}

impl<T: JsonSchema> OperationInput for Upload<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let json_schema = ctx.schema.subschema_for::<T>();
        let schema = SchemaObject { json_schema, example: None, external_docs: None };
        let media_type = MediaType { schema: Some(schema), ..MediaType::default() };
        let content = [("multipart/form-data".to_owned(), media_type)].into_iter().collect();
        operation.request_body = Some(ReferenceOr::Item(RequestBody {
            content,
            required: true,
            ..RequestBody::default()
        }));
    }

    fn inferred_early_responses(
        ctx: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<u16>, Response)> {
        vec![
            (Some(400), error_response(ctx, "The body is not multipart/form-data")),
            (Some(413), error_response(ctx, "The body is too large")),
            (
                Some(422),
                error_response(ctx, "One or more fields are invalid; `errors` says which and why"),
            ),
        ]
    }
}
