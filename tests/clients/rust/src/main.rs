//! Creates a customer at `KLANTPORTAAL_API` with the key `KLANTPORTAAL_API_KEY`, and finds it again.

use std::env;

use reqwest::header::{AUTHORIZATION, HeaderMap};

#[allow(clippy::all, dead_code, unused)]
mod client {
    include!(concat!(env!("OUT_DIR"), "/client.rs"));
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = env::var("KLANTPORTAAL_API_KEY")?;
    let headers = HeaderMap::from_iter([(AUTHORIZATION, format!("Bearer {key}").parse()?)]);
    let http = reqwest::Client::builder().default_headers(headers).build()?;
    let client = client::Client::new_with_client(&env::var("KLANTPORTAAL_API")?, http);
    let new = serde_json::from_value(serde_json::json!({
        "companyName": "Bakkerij De Korenaar",
        "address": "Molenstraat 12",
        "zipCode": "5211 DR",
        "city": "Den Bosch",
        "primaryEmail": "info@korenaar.example",
    }))?;
    let made = client.create_customer(None, None, &new).await?.into_inner();
    let found = client.get_customer(&made.id.as_str().parse()?, None).await?.into_inner();
    println!("{}", serde_json::to_string(&found)?);
    Ok(())
}
