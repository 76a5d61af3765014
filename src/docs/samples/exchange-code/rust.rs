//! Exchanges the authorization code for an access token and a refresh token.
//!
//! Needs: KLANTPORTAAL_TOKEN_URL, APP_ID, APP_SECRET, REDIRECT_URI,
//!        AUTHORIZATION_CODE, CODE_VERIFIER
//!
//! cargo add reqwest --features blocking,form,json
//! cargo add serde --features derive

use std::{env, error::Error};

use reqwest::blocking::Client;
use serde::Deserialize;

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    refresh_token: String,
    expires_in: u64,
    portal_id: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let response = Client::new()
        .post(env::var("KLANTPORTAAL_TOKEN_URL")?)
        .form(&[
            ("grant_type", "authorization_code"),
            ("client_id", &env::var("APP_ID")?),
            ("client_secret", &env::var("APP_SECRET")?),
            ("redirect_uri", &env::var("REDIRECT_URI")?),
            ("code", &env::var("AUTHORIZATION_CODE")?),
            ("code_verifier", &env::var("CODE_VERIFIER")?),
        ])
        .send()?;
    if !response.status().is_success() {
        return Err(response.text()?.into());
    }

    // Printed for the next step. In production, store them encrypted and don't log them.
    let tokens: Tokens = response.json()?;
    println!("access_token={}", tokens.access_token);
    println!("refresh_token={}", tokens.refresh_token);
    println!("expires_in={}", tokens.expires_in);
    println!("portal_id={}", tokens.portal_id);
    Ok(())
}
