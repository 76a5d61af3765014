//! The endpoints of the authorization server.

use axum::{Router, middleware};
use jiff::Timestamp;

use super::code::AuthorizationCode;
use super::device::DeviceCode;
use super::pushed_request::PushedRequest;
use super::refresh_token::RefreshToken;
use super::{
    ProtocolError, authorize, device, introspect, logo, metadata, par, resource, revoke,
    token_endpoint, tokens,
};
use crate::db::Cleaner;
use crate::dpop::jti;
use crate::error::Result;
use crate::http::{Endpoints, any_origin};
use crate::server::{Server, WritingServer};
use crate::web::Pages;

/// The endpoints for programs, and apps' logos: nothing here has a session.
pub fn endpoints() -> Endpoints<WritingServer> {
    let post_only = async || ProtocolError::not_post();
    Endpoints::new()
        .post("/oauth/tokens", token_endpoint::token, post_only)
        .post("/oauth/revoke", revoke::revoke, post_only)
        .post("/oauth/introspect", introspect::introspect, post_only)
        .post("/oauth/par", par::push, post_only)
        .post("/oauth/device", device::authorize, post_only)
        .get("/.well-known/oauth-authorization-server", metadata::metadata)
        .get("/.well-known/openid-configuration", metadata::metadata)
        .get("/oauth/jwks", metadata::keys)
        .get("/.well-known/oauth-protected-resource", resource::metadata_of_origin)
        .get("/.well-known/oauth-protected-resource/v1", resource::metadata_of_base)
        .get("/oauth/apps/{id}/logo", logo::show)
}

/// Their routes.
pub fn endpoint_routes(server: &WritingServer) -> Router<Server> {
    let routes = endpoints().into_router().layer(middleware::from_fn(any_origin));
    routes.with_state(server.clone())
}

/// The pages for owners; they lie within the manage site.
pub fn pages() -> Pages {
    Pages::new()
        .form("/oauth/authorize", authorize::show, authorize::decide)
        .form("/manage/device", device::show, device::decide)
        .get("/manage/device/allowed", device::allowed)
        .get("/manage/device/denied", device::denied)
}

/// Deletes expired codes and tokens, and deleted apps.
pub async fn clean_up(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
    PushedRequest::clean_up(cleaner, now).await?;
    AuthorizationCode::clean_up(cleaner, now).await?;
    DeviceCode::clean_up(cleaner, now).await?;
    tokens::clean_up(cleaner, now).await?;
    RefreshToken::clean_up(cleaner, now).await?;
    crate::clients::clean_up(cleaner, now).await?;
    jti::clean_up(cleaner, now).await
}
