//! Programs that upload a file.

/// The program in each language that posts a file of this name to a path, with the language's name.
pub(super) fn programs(path: &str, file: &str) -> [(&'static str, String); 4] {
    let filled = |program: &str| program.replace("{path}", path).replace("{file}", file);
    [
        ("curl", filled(CURL)),
        ("Python", filled(PYTHON)),
        ("JavaScript", filled(JAVASCRIPT)),
        ("Rust", filled(RUST)),
    ]
}

const CURL: &str = r#"curl --header "Authorization: Bearer $KLANTPORTAAL_API_KEY" \
  --form "file=@{file}" \
  "$KLANTPORTAAL_API{path}""#;

const PYTHON: &str = r#"import os
import urllib.request
import uuid

boundary = uuid.uuid4().hex
with open("{file}", "rb") as file:
    content = file.read()
head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{file}"\r\n\r\n'
request = urllib.request.Request(
    os.environ["KLANTPORTAAL_API"] + "{path}",
    method="POST",
    headers={
        "Authorization": "Bearer " + os.environ["KLANTPORTAAL_API_KEY"],
        "Content-Type": f"multipart/form-data; boundary={boundary}",
    },
    data=head.encode() + content + f"\r\n--{boundary}--\r\n".encode(),
)
with urllib.request.urlopen(request, timeout=300) as response:
    print(response.read().decode())"#;

const JAVASCRIPT: &str = r#"import { openAsBlob } from "node:fs";

const { KLANTPORTAAL_API, KLANTPORTAAL_API_KEY } = process.env;

const body = new FormData();
body.append("file", await openAsBlob("{file}"), "{file}");
const response = await fetch(`${KLANTPORTAAL_API}{path}`, {
  method: "POST",
  headers: { Authorization: `Bearer ${KLANTPORTAAL_API_KEY}` },
  body,
});
if (!response.ok) throw new Error(await response.text());
console.log(await response.text());"#;

const RUST: &str = r#"// cargo add reqwest --features blocking,multipart
use std::{env, error::Error};

use reqwest::blocking::{Client, multipart::Form};

fn main() -> Result<(), Box<dyn Error>> {
    let api = env::var("KLANTPORTAAL_API")?;
    let key = env::var("KLANTPORTAAL_API_KEY")?;

    let response = Client::new()
        .post(format!("{api}{path}"))
        .bearer_auth(key)
        .multipart(Form::new().file("file", "{file}")?)
        .send()?
        .error_for_status()?;
    println!("{}", response.text()?);
    Ok(())
}"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_program_sends_the_file_to_its_path() {
        for (language, program) in programs("/files", "Offerte.pdf") {
            assert!(program.contains("Offerte.pdf") && program.contains("/files"), "{language}");
            assert!(!program.contains("{path}") && !program.contains("{file}"), "{language}");
        }
    }
}
