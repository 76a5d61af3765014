//! The endpoints of the authorization server.

use axum::routing::{get, post};
use axum::{Router, middleware};
use jiff::Timestamp;

use super::code::AuthorizationCode;
use super::device::DeviceCode;
use super::par::{self, PushedRequest};
use super::refresh_token::RefreshToken;
use super::{
    ProtocolError, authorize, deleted_app, device, introspect, logo, metadata, resource, revoke,
    token_endpoint, tokens,
};
use crate::db::Cleaner;
use crate::dpop::jti;
use crate::error::Result;
use crate::http::any_origin;
use crate::server::{Server, WritingServer};

/// The endpoints for programs, and apps' logos: nothing here has a session.
pub fn endpoint_routes(server: &WritingServer) -> Router<Server> {
    let post_only = async || ProtocolError::not_post();
    Router::new()
        .route("/oauth/tokens", post(token_endpoint::token).fallback(post_only))
        .route("/oauth/revoke", post(revoke::revoke).fallback(post_only))
        .route("/oauth/introspect", post(introspect::introspect).fallback(post_only))
        .route("/oauth/par", post(par::push).fallback(post_only))
        .route("/oauth/device", post(device::authorize).fallback(post_only))
        .route("/.well-known/oauth-authorization-server", get(metadata::metadata))
        .route("/.well-known/openid-configuration", get(metadata::metadata))
        .route("/oauth/jwks", get(metadata::keys))
        .route("/.well-known/oauth-protected-resource", get(resource::metadata_of_origin))
        .route("/.well-known/oauth-protected-resource/v1", get(resource::metadata_of_base))
        .route("/oauth/apps/{id}/logo", get(logo::show))
        .layer(middleware::from_fn(any_origin))
        .with_state(server.clone())
}

/// The pages for owners; they lie within the manage site.
pub fn page_routes() -> Router<Server> {
    Router::new()
        .route("/oauth/authorize", get(authorize::show).post(authorize::decide))
        .route("/manage/device", get(device::show).post(device::decide))
        .route("/manage/device/allowed", get(device::allowed))
        .route("/manage/device/denied", get(device::denied))
}

/// Deletes expired codes and tokens, and deleted apps.
pub async fn clean_up(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
    PushedRequest::clean_up(cleaner, now).await?;
    AuthorizationCode::clean_up(cleaner, now).await?;
    DeviceCode::clean_up(cleaner, now).await?;
    tokens::clean_up(cleaner, now).await?;
    RefreshToken::clean_up(cleaner, now).await?;
    deleted_app::clean_up(cleaner, now).await?;
    jti::clean_up(cleaner, now).await
}
