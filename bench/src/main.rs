//! The bare handler that the API is measured against: the framework, the runtime and the bytes of
//! the answer, and nothing else. `bench/run` starts it.
//!
//! Usage: `klantportaal-bench ADDRESS:PORT FILE`; the file holds the body that every answer has.

use std::error::Error;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use tokio::net::TcpListener;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(address), Some(file)) = (arguments.next(), arguments.next()) else {
        return Err("usage: klantportaal-bench ADDRESS:PORT FILE".into());
    };
    let body = Bytes::from(std::fs::read(file)?);
    // As `klantportaal serve` does it: the defaults of tokio and axum.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let handler = async move |Path(_): Path<String>| {
            ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body.clone())
        };
        let router = Router::new().route("/v1/customers/{customerId}", get(handler));
        axum::serve(TcpListener::bind(address).await?, router).await
    })?;
    Ok(())
}
