//! Creates a customer and prints its id, or the errors of its fields.
//!
//! Needs:       KLANTPORTAAL_API, KLANTPORTAAL_API_KEY
//! Optional:    CUSTOMER_EMAIL
//!
//! cargo add rand
//! cargo add reqwest --features blocking,json
//! cargo add serde --features derive
//! cargo add serde_json

use std::{collections::BTreeMap, env, error::Error, process::ExitCode};

use reqwest::{StatusCode, blocking::Client};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Created {
    id: String,
}

#[derive(Deserialize)]
struct Invalid {
    errors: BTreeMap<String, Vec<String>>,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let api = env::var("KLANTPORTAAL_API")?;
    let key = env::var("KLANTPORTAAL_API_KEY")?;
    let email = env::var("CUSTOMER_EMAIL").unwrap_or_else(|_| "info@korenaar.example".into());

    // Send the same key when you try again, and the customer is not created twice.
    let idempotency_key = format!("{:032x}", rand::random::<u128>());

    let response = Client::new()
        .post(format!("{api}/customers"))
        .bearer_auth(key)
        .header("Idempotency-Key", idempotency_key)
        .json(&json!({
            "companyName": "Bakkerij De Korenaar",
            "address": "Molenstraat 12",
            "zipCode": "5211 DR",
            "city": "Den Bosch",
            "primaryEmail": email,
        }))
        .send()?;

    let status = response.status();
    if status == StatusCode::UNPROCESSABLE_ENTITY {
        let invalid: Invalid = response.json()?;
        for (field, messages) in invalid.errors {
            println!("{field}: {}", messages.join(" "));
        }
        return Ok(ExitCode::FAILURE);
    }
    if !status.is_success() {
        return Err(response.text()?.into());
    }

    let created: Created = response.json()?;
    println!("id={}", created.id);
    Ok(ExitCode::SUCCESS)
}
