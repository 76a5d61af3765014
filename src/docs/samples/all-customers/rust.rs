//! Counts all your customers, page by page.
//!
//! Needs: KLANTPORTAAL_API, and ACCESS_TOKEN or KLANTPORTAAL_API_KEY
//!
//! cargo add reqwest --features blocking,json
//! cargo add serde --features derive
//! cargo add serde_json

use std::{env, error::Error, thread, time::Duration};

use reqwest::{StatusCode, blocking::Client, header::RETRY_AFTER};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Page {
    data: Vec<Value>,
    next_page_url: Option<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let api = env::var("KLANTPORTAAL_API")?;
    let token = env::var("ACCESS_TOKEN").or_else(|_| env::var("KLANTPORTAAL_API_KEY"))?;

    let client = Client::new();
    let mut next = Some(format!("{api}/customers"));
    let mut count = 0;

    while let Some(url) = &next {
        let response = client.get(url).bearer_auth(&token).send()?;
        if response.status() == StatusCode::TOO_MANY_REQUESTS {
            let seconds = match response.headers().get(RETRY_AFTER) {
                Some(value) => value.to_str()?.parse()?,
                None => 60,
            };
            thread::sleep(Duration::from_secs(seconds));
            continue;
        }
        if !response.status().is_success() {
            return Err(response.text()?.into());
        }

        let page: Page = response.json()?;
        count += page.data.len();
        next = page.next_page_url;
    }

    println!("count={count}");
    Ok(())
}
