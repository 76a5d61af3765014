//! The calls to the token endpoint and the API as commands and programs to run: for curl, Python
//! and JavaScript. Secrets come from environment variables.

use std::fmt::Write;

use serde_json::json;

/// A parameter's value.
pub(in crate::developers::apps) enum Value {
    /// A literal text.
    Text(String),
    /// The value of an environment variable.
    Variable(&'static str),
}

/// A call in each language.
pub(in crate::developers::apps) struct Samples {
    /// For a shell.
    pub(in crate::developers::apps) curl: String,
    /// For Python with the package requests.
    pub(in crate::developers::apps) python: String,
    /// For Node.js 18 and later.
    pub(in crate::developers::apps) javascript: String,
}

impl Samples {
    /// A `POST` to the token endpoint.
    pub(in crate::developers::apps) fn token_call(url: &str, parameters: &[(&str, Value)]) -> Self {
        Self {
            curl: curl_post(url, parameters),
            python: python_post(url, parameters),
            javascript: javascript_post(url, parameters),
        }
    }

    /// A `GET` of the API with the access token.
    pub(in crate::developers::apps) fn api_call(url: &str) -> Self {
        let literal = json!(url).to_string();
        Self {
            curl: format!("curl {} \\\n  -H \"Authorization: Bearer $ACCESS_TOKEN\"", shell(url)),
            python: format!(
                "import os, requests\n\nanswer = requests.get(\n    {literal},\n    headers={{\"Authorization\": f\"Bearer {{os.environ['ACCESS_TOKEN']}}\"}},\n)\nprint(answer.json())"
            ),
            javascript: format!(
                "const answer = await fetch({literal}, {{\n  headers: {{ Authorization: `Bearer ${{process.env.ACCESS_TOKEN}}` }},\n}});\nconsole.log(await answer.json());"
            ),
        }
    }
}

/// A word for the shell, quoted where it must be.
fn shell(text: &str) -> String {
    let plain = !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._/:@%+=,".contains(&byte));
    if plain { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// Whether the text needs neither shell quoting nor form encoding.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
}

fn curl_post(url: &str, parameters: &[(&str, Value)]) -> String {
    let mut text = format!("curl {}", shell(url));
    for (name, value) in parameters {
        let _ = match value {
            Value::Variable(variable) => write!(text, " \\\n  -d \"{name}=${variable}\""),
            Value::Text(value) if is_plain(value) => write!(text, " \\\n  -d {name}={value}"),
            Value::Text(value) => {
                write!(text, " \\\n  --data-urlencode {}", shell(&format!("{name}={value}")))
            }
        };
    }
    text
}

fn python_post(url: &str, parameters: &[(&str, Value)]) -> String {
    let mut text =
        format!("import os, requests\n\nanswer = requests.post({}, json={{\n", json!(url));
    for (name, value) in parameters {
        let _ = match value {
            Value::Variable(variable) => {
                writeln!(text, "    \"{name}\": os.environ[\"{variable}\"],")
            }
            Value::Text(value) => writeln!(text, "    \"{name}\": {},", json!(value)),
        };
    }
    text + "})\nprint(answer.json())"
}

fn javascript_post(url: &str, parameters: &[(&str, Value)]) -> String {
    let mut text = format!(
        "const answer = await fetch({}, {{\n  method: \"POST\",\n  headers: {{ \"Content-Type\": \"application/json\" }},\n",
        json!(url)
    );
    text.push_str("  body: JSON.stringify({\n");
    for (name, value) in parameters {
        let _ = match value {
            Value::Variable(variable) => writeln!(text, "    {name}: process.env.{variable},"),
            Value::Text(value) => writeln!(text, "    {name}: {},", json!(value)),
        };
    }
    text + "  }),\n});\nconsole.log(await answer.json());"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> Samples {
        let redirect_uri = Value::Text("http://127.0.0.1/it's?a=1&b=$HOME".into());
        Samples::token_call(
            "https://m.example/oauth/tokens",
            &[
                ("client_id", Value::Text("app_1".into())),
                ("client_secret", Value::Variable("APP_SECRET")),
                ("redirect_uri", redirect_uri),
            ],
        )
    }

    #[test]
    fn curl_lines_keep_the_shell_from_reading_values() {
        assert_eq!(
            samples().curl,
            r#"curl https://m.example/oauth/tokens \
  -d client_id=app_1 \
  -d "client_secret=$APP_SECRET" \
  --data-urlencode 'redirect_uri=http://127.0.0.1/it'\''s?a=1&b=$HOME'"#
        );
    }

    #[test]
    fn the_other_languages_get_texts_as_their_own_literals() {
        let Samples { python, javascript, .. } = samples();
        assert!(python.contains(r#""client_secret": os.environ["APP_SECRET"],"#), "{python}");
        assert!(
            python.contains(r#""redirect_uri": "http://127.0.0.1/it's?a=1&b=$HOME","#),
            "{python}"
        );
        assert!(javascript.contains("client_secret: process.env.APP_SECRET,"), "{javascript}");
    }

    #[test]
    fn the_api_gets_the_token_in_the_guides_header() {
        let samples = Samples::api_call("https://a.example/v1/customers");
        assert_eq!(
            samples.curl,
            "curl https://a.example/v1/customers \\\n  -H \"Authorization: Bearer $ACCESS_TOKEN\""
        );
        assert!(
            samples.python.contains("f\"Bearer {os.environ['ACCESS_TOKEN']}\""),
            "{}",
            samples.python
        );
        assert!(
            samples.javascript.contains("`Bearer ${process.env.ACCESS_TOKEN}`"),
            "{}",
            samples.javascript
        );
    }
}
