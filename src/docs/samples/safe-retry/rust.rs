//! Creates a customer exactly once, even if the connection breaks.
//!
//! Needs: KLANTPORTAAL_API, KLANTPORTAAL_API_KEY
//!
//! cargo add rand
//! cargo add reqwest --features blocking,json
//! cargo add serde --features derive
//! cargo add serde_json

use std::{env, error::Error, thread, time::Duration};

use reqwest::blocking::{Client, Response};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Created {
    id: String,
}

/// Sends a request until there is a final response.
fn post(path: &str, body: &Value, idempotency_key: &str) -> Result<Response, Box<dyn Error>> {
    let (api, key) = (env::var("KLANTPORTAAL_API")?, env::var("KLANTPORTAAL_API_KEY")?);
    let client = Client::builder().timeout(Duration::from_secs(30)).build()?;
    let mut wait = Duration::ZERO;
    for attempt in 0..6 {
        thread::sleep(wait);
        wait = Duration::from_secs(1 << attempt);
        let sent = client
            .post(format!("{api}{path}"))
            .bearer_auth(&key)
            .header("Idempotency-Key", idempotency_key)
            .json(body)
            .send();
        if let Ok(response) = sent {
            let retry_after = response.headers().get("Retry-After");
            if !response.status().is_server_error() && retry_after.is_none() {
                return Ok(response);
            }
            if let Some(seconds) = retry_after {
                wait = Duration::from_secs(seconds.to_str()?.parse()?);
            }
        }
    }
    Err(format!("try again later with the key {idempotency_key}").into())
}

fn main() -> Result<(), Box<dyn Error>> {
    let customer = json!({
        "companyName": "Bakkerij De Korenaar",
        "address": "Molenstraat 12",
        "zipCode": "5211 DR",
        "city": "Den Bosch",
        "primaryEmail": "info@korenaar.example",
    });

    // Store it with what you want to create: then you can try again after a restart, too.
    let idempotency_key = format!("{:032x}", rand::random::<u128>());
    let response = post("/customers", &customer, &idempotency_key)?;
    if !response.status().is_success() {
        return Err(response.text()?.into());
    }

    let created: Created = response.json()?;
    println!("id={}", created.id);
    Ok(())
}
