//! Generates the client from the document that `OPENAPI_DOCUMENT` names.

use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-env-changed=OPENAPI_DOCUMENT");
    let document = env::var("OPENAPI_DOCUMENT")?;
    println!("cargo::rerun-if-changed={document}");
    let mut document: openapiv3::OpenAPI = serde_json::from_str(&fs::read_to_string(document)?)?;
    without_uploads(&mut document);
    let tokens = progenitor_impl::Generator::default().generate_tokens(&document)?;
    let code = prettyplease::unparse(&syn::parse2(tokens)?);
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("client.rs"), code)?;
    Ok(())
}

/// Removes the operations that take a form with a file, which the generator can't make a call of.
fn without_uploads(document: &mut openapiv3::OpenAPI) {
    let takes_file = |operation: &openapiv3::Operation| {
        let body = operation.request_body.as_ref().and_then(|body| body.as_item());
        body.is_some_and(|body| body.content.contains_key("multipart/form-data"))
    };
    for path in document.paths.paths.values_mut() {
        if let openapiv3::ReferenceOr::Item(path) = path {
            path.post.take_if(|operation| takes_file(operation));
        }
    }
}
