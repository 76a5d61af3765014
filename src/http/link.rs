//! Links in the responses of the API.

use schemars::JsonSchema;
use serde::Serialize;

use super::schema::always_complete;

/// A link to another resource, or to a page.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(transform = always_complete)]
pub struct Link {
    /// The URL
    #[schemars(extend("format" = "uri"))]
    href: String,
    /// The media type of what it leads to
    #[schemars(example = &"application/json")]
    r#type: &'static str,
}

impl Link {
    /// A link to a resource of the API.
    pub const fn to_resource(href: String) -> Self {
        Self { href, r#type: "application/json" }
    }

    /// A link to a page.
    pub const fn to_page(href: String) -> Self {
        Self { href, r#type: "text/html" }
    }
}
