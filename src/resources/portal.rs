//! `/v1/portal`: the portal that a token gives access to, and the token itself.

use schemars::JsonSchema;
use serde::Serialize;

use crate::accounts::PortalLanguage;
use crate::auth::granted::AnyScope;
use crate::db::{from_row, params};
use crate::error::{Error, Result};
use crate::http::schema::always_complete;
use crate::http::{Access, Json, Routes};
use crate::ids::PortalId;
use crate::tenant::TenantSql;
use crate::time::Atom;
use crate::values::Color;
use crate::verifier::Principal;

/// The route of the portal.
pub fn routes() -> Routes {
    Routes::new("Portal", "The portal that your key or token gives access to.").get(
        "/portal",
        get,
        "getPortal",
        "Get the portal; it also says what your key or token can do",
    )
}

/// The portal, as stored.
struct Portal {
    portal_id: PortalId,
    name: String,
    time_zone: String,
    language: Option<PortalLanguage>,
    color: Option<Color>,
}

from_row!(Portal { portal_id, name, time_zone, language, color });

const FIND: TenantSql = TenantSql::new(
    "SELECT p.id AS portal_id, p.name, p.time_zone, s.language, s.color
     FROM portals p LEFT JOIN portal_settings s ON s.portal_id = p.id WHERE p.id = ?1",
);

/// The portal that the token gives access to.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Portal", transform = always_complete)]
struct PortalView {
    /// The portal's id
    id: PortalId,
    /// The name of the business
    #[schemars(example = &"Bakkerij De Korenaar")]
    name: String,
    /// The time zone of all times in the API (IANA)
    #[schemars(example = &"Europe/Amsterdam")]
    time_zone: String,
    /// Whether it is a developer's test portal
    is_test_portal: bool,
    /// The language of the business; `null` if none is chosen
    #[schemars(extend("enum" = ["nl", "en", null]))]
    language: Option<&'static str>,
    /// The colour of the business; white text on it is readable. `null` if none is chosen
    #[schemars(example = &"#0b6b7a")]
    color: Option<String>,
    /// The key or token of this request
    token: TokenView,
}

/// The key or token of the request.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "PortalToken", transform = always_complete)]
struct TokenView {
    /// `api_key` for a key of the portal, `app` for the access token of an app
    #[schemars(extend("enum" = ["api_key", "app"]))]
    kind: &'static str,
    /// The scopes that it has
    #[schemars(example = &["customers.read"])]
    scopes: Vec<&'static str>,
    /// When it expires, with the offset of the portal's time zone; `null` if it doesn't
    expires_at: Option<Atom>,
}

impl TokenView {
    fn of(principal: &Principal) -> Self {
        let end = principal.expires_at.map(|end| Atom::new(end, &principal.time_zone));
        Self { kind: principal.subject.kind(), scopes: principal.scopes.names(), expires_at: end }
    }
}

async fn get(access: Access<AnyScope>) -> Result<Json<PortalView>> {
    let Portal { portal_id, name, time_zone, language, color } =
        access.row(FIND, params![]).await?.ok_or(Error::NotFound)?;
    let language = language.map(PortalLanguage::name);
    let color = color.map(|color| color.to_string());
    let token = TokenView::of(&access.principal);
    let is_test_portal = access.principal.is_test_portal;
    Ok(Json(PortalView { id: portal_id, name, time_zone, is_test_portal, language, color, token }))
}
