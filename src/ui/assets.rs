//! The style sheet, the scripts and the icon: embedded in the program, served under `/assets/`.
//!
//! Pages link to an asset with the hash of its content, so a browser can cache it for a year and
//! still get the new one after an upgrade.

use std::sync::LazyLock;

use axum::{
    Router,
    extract::RawQuery,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use sha2::{Digest, Sha256};

use super::theme;
use crate::hexadecimal::hexadecimal;

/// One embedded file.
struct Asset {
    name: &'static str,
    content_type: &'static str,
    content: &'static [u8],
    hash: LazyLock<String>,
}

/// The files of the style sheet, in order of precedence.
macro_rules! styles {
    ($($name:literal)*) => { concat!($(include_str!(concat!("../../static/styles/", $name, ".css")), "\n"),*) };
}

static STYLE: Asset = Asset {
    name: "app.css",
    content_type: "text/css; charset=utf-8",
    content: styles!("tokens" "ground" "chrome" "buttons" "forms" "permissions" "tables" "uploads" "code" "feedback" "palette" "content" "conversation" "docs" "screens").as_bytes(),
    hash: LazyLock::new(|| hash(STYLE.content)),
};
static SCRIPT: Asset = Asset {
    name: "app.js",
    content_type: "text/javascript; charset=utf-8",
    content: include_bytes!("../../static/app.js"),
    hash: LazyLock::new(|| hash(SCRIPT.content)),
};
static PASSKEYS: Asset = Asset {
    name: "passkeys.js",
    content_type: "text/javascript; charset=utf-8",
    content: include_bytes!("../../static/passkeys.js"),
    hash: LazyLock::new(|| hash(PASSKEYS.content)),
};
static DOCUMENTATION: Asset = Asset {
    name: "documentation.js",
    content_type: "text/javascript; charset=utf-8",
    content: include_bytes!("../../static/documentation.js"),
    hash: LazyLock::new(|| hash(DOCUMENTATION.content)),
};
static SCANNER: Asset = Asset {
    name: "scanner.js",
    content_type: "text/javascript; charset=utf-8",
    content: include_bytes!("../../static/scanner.js"),
    hash: LazyLock::new(|| hash(SCANNER.content)),
};
static PALETTE: Asset = Asset {
    name: "palette.js",
    content_type: "text/javascript; charset=utf-8",
    content: include_bytes!("../../static/palette.js"),
    hash: LazyLock::new(|| hash(PALETTE.content)),
};
static WATCH: Asset = Asset {
    name: "watch.js",
    content_type: "text/javascript; charset=utf-8",
    content: include_bytes!("../../static/watch.js"),
    hash: LazyLock::new(|| hash(WATCH.content)),
};
static UPLOADS: Asset = Asset {
    name: "upload.js",
    content_type: "text/javascript; charset=utf-8",
    content: include_bytes!("../../static/upload.js"),
    hash: LazyLock::new(|| hash(UPLOADS.content)),
};
static ICON: Asset = Asset {
    name: "favicon.svg",
    content_type: "image/svg+xml",
    content: include_bytes!("../../static/favicon.svg"),
    hash: LazyLock::new(|| hash(ICON.content)),
};
static ALL: [&Asset; 9] =
    [&STYLE, &SCRIPT, &PASSKEYS, &DOCUMENTATION, &SCANNER, &PALETTE, &WATCH, &UPLOADS, &ICON];

/// The routes of all assets, and of the style sheets of colours.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let colors = Router::new().route(theme::PATH, get(theme::serve));
    ALL.into_iter().fold(colors, |router, asset| {
        let serve =
            move |RawQuery(query), headers: HeaderMap| async move { serve(asset, query, &headers) };
        router.route(&format!("/assets/{}", asset.name), get(serve))
    })
}

/// The URL of an asset, with the hash of its content: `/assets/app.css?v=…`.
pub fn url(name: &str) -> String {
    match ALL.into_iter().find(|asset| asset.name == name) {
        Some(asset) => format!("/assets/{name}?v={}", *asset.hash),
        None => format!("/assets/{name}"),
    }
}

fn serve(asset: &'static Asset, query: Option<String>, headers: &HeaderMap) -> Response {
    let hash = asset.hash.as_str();
    let version = query.as_deref().and_then(|query| query.strip_prefix("v="));
    let cache_control =
        if version == Some(hash) { "public, max-age=31536000, immutable" } else { "no-cache" };
    // Weak, because a compressed response has the same tag.
    let etag = format!("W/\"{hash}\"");
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|tags| tags.contains(hash));
    let common = [(header::ETAG, etag), (header::CACHE_CONTROL, cache_control.to_owned())];
    if known {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    let content_type = [(header::CONTENT_TYPE, asset.content_type)];
    (common, content_type, asset.content).into_response()
}

fn hash(content: &[u8]) -> String {
    hexadecimal(&Sha256::digest(content)[..8])
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::Request};
    use tower::ServiceExt;

    use super::*;

    async fn get(path: &str, etag: Option<&str>) -> Response {
        let mut request = Request::get(path);
        if let Some(etag) = etag {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        let request = request.body(Body::empty()).expect("a valid request");
        router::<()>().oneshot(request).await.expect("routing never fails")
    }

    #[tokio::test]
    async fn an_asset_is_immutable_only_under_its_own_hash() {
        let current = get(&url("app.css"), None).await;
        assert_eq!(current.status(), StatusCode::OK);
        assert_eq!(current.headers()[header::CONTENT_TYPE], "text/css; charset=utf-8");
        assert_eq!(current.headers()[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
        let other = get("/assets/app.css?v=0", None).await;
        assert_eq!(other.headers()[header::CACHE_CONTROL], "no-cache");
    }

    #[tokio::test]
    async fn a_known_etag_saves_the_body() {
        let first = get("/assets/app.js", None).await;
        let etag = first.headers()[header::ETAG].to_str().expect("an ASCII tag");
        let second = get("/assets/app.js", Some(etag)).await;
        assert_eq!(second.status(), StatusCode::NOT_MODIFIED);
    }
}
