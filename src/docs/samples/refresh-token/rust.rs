//! Gets a new access token. The refresh token stays the same.
//!
//! Needs: KLANTPORTAAL_TOKEN_URL, APP_ID, APP_SECRET, REFRESH_TOKEN
//!
//! cargo add reqwest --features blocking,form,json
//! cargo add serde --features derive

use std::{env, error::Error};

use reqwest::blocking::Client;
use serde::Deserialize;

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    expires_in: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let response = Client::new()
        .post(env::var("KLANTPORTAAL_TOKEN_URL")?)
        .form(&[
            ("grant_type", "refresh_token"),
            ("client_id", &env::var("APP_ID")?),
            ("client_secret", &env::var("APP_SECRET")?),
            ("refresh_token", &env::var("REFRESH_TOKEN")?),
        ])
        .send()?;
    if !response.status().is_success() {
        return Err(response.text()?.into());
    }

    let tokens: Tokens = response.json()?;
    println!("access_token={}", tokens.access_token);
    println!("expires_in={}", tokens.expires_in);
    Ok(())
}
