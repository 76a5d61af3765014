//! Builds the URL to which you send the portal's owner.
//!
//! Needs: KLANTPORTAAL_AUTHORIZE_URL, APP_ID, REDIRECT_URI
//!
//! cargo add base64 rand reqwest sha2

use std::{env, error::Error};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::Url;
use sha2::{Digest, Sha256};

fn main() -> Result<(), Box<dyn Error>> {
    // Store both in the visitor's session: you need them when they come back.
    let state = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>());
    let code_verifier = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());

    let code_challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&code_verifier));

    let url = Url::parse_with_params(
        &env::var("KLANTPORTAAL_AUTHORIZE_URL")?,
        [
            ("response_type", "code"),
            ("client_id", &env::var("APP_ID")?),
            ("redirect_uri", &env::var("REDIRECT_URI")?),
            ("scope", "customers.read"),
            ("state", &state),
            ("code_challenge", &code_challenge),
            ("code_challenge_method", "S256"),
        ],
    )?;

    println!("url={url}");
    println!("state={state}");
    println!("code_verifier={code_verifier}");
    Ok(())
}
