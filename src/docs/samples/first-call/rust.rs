//! Prints the first page of your customers.
//!
//! Needs: KLANTPORTAAL_API, KLANTPORTAAL_API_KEY
//!
//! cargo add reqwest --features blocking,json
//! cargo add serde --features derive

use std::{env, error::Error};

use reqwest::blocking::Client;
use serde::Deserialize;

#[derive(Deserialize)]
struct Page {
    data: Vec<Customer>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Customer {
    id: String,
    company_name: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let api = env::var("KLANTPORTAAL_API")?;
    let key = env::var("KLANTPORTAAL_API_KEY")?;

    let response = Client::new().get(format!("{api}/customers")).bearer_auth(key).send()?;
    if !response.status().is_success() {
        return Err(response.text()?.into());
    }

    let page: Page = response.json()?;
    for customer in page.data {
        println!("{} {}", customer.id, customer.company_name);
    }
    Ok(())
}
