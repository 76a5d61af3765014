//! An example call of an operation, and programs that make it.

use std::fmt::Write;

use serde_json::Value;

use super::context::Reference;
use super::operation::pretty;
use super::upload;
use crate::docs::openapi::Operation;

/// An example call.
pub(in crate::docs) struct Call<'a> {
    /// The HTTP method, in lower case.
    pub(in crate::docs) method: &'a str,
    /// The path below that of the API, with example ids.
    pub(in crate::docs) path: String,
    /// The body, if it has one in JSON.
    pub(in crate::docs) body: Option<Value>,
    /// The name of the file that it uploads, if it does.
    pub(in crate::docs) upload: Option<&'static str>,
}

/// The file in examples.
const EXAMPLE_FILE: &str = "Offerte.pdf";

impl<'a> Reference<'a> {
    /// An example call of an operation.
    pub(in crate::docs) fn call(self, operation: Operation<'a>) -> Call<'a> {
        let mut path = operation.path.to_owned();
        for (name, value) in self.path_values(operation) {
            path = path.replace(&format!("{{{name}}}"), &value);
        }
        let upload = operation.is_upload().then_some(EXAMPLE_FILE);
        let schema = operation.body().filter(|_| upload.is_none());
        let body = schema.map(|schema| self.example(schema, operation.path));
        Call { method: operation.method, path, body, upload }
    }

    /// The parameters in the path, with example values.
    pub(in crate::docs) fn path_values(self, operation: Operation<'a>) -> Vec<(&'a str, String)> {
        let parameters = operation.value["parameters"].as_array().into_iter().flatten();
        let in_path = parameters.filter(|parameter| parameter["in"] == "path");
        in_path
            .filter_map(|parameter| {
                let example = self.example(&parameter["schema"], operation.path);
                Some((parameter["name"].as_str()?, example.as_str().unwrap_or_default().to_owned()))
            })
            .collect()
    }
}

impl Call<'_> {
    /// The program in each language, with the language's name.
    pub(super) fn programs(&self) -> [(&'static str, String); 4] {
        if let Some(file) = self.upload {
            return upload::programs(&self.path, file);
        }
        [
            ("curl", self.curl()),
            ("Python", self.python()),
            ("JavaScript", self.javascript()),
            ("Rust", self.rust()),
        ]
    }

    fn curl(&self) -> String {
        let mut command =
            "curl --header \"Authorization: Bearer $KLANTPORTAAL_API_KEY\" \\\n".to_owned();
        // Omit what curl does by default.
        if self.method != if self.body.is_none() { "get" } else { "post" } {
            let _ = writeln!(command, "  --request {} \\", self.method.to_uppercase());
        }
        if let Some(body) = &self.body {
            let json = pretty(body).replace('\'', r"'\''").replace('\n', "\n  ");
            let _ = write!(
                command,
                "  --header \"Content-Type: application/json\" \\\n  --data '{json}' \\\n"
            );
        }
        command + &format!("  \"$KLANTPORTAAL_API{}\"", self.path)
    }

    fn python(&self) -> String {
        let mut text = String::from(if self.body.is_some() { "import json\n" } else { "" });
        let _ = write!(
            text,
            "import os\nimport urllib.request\n\nrequest = urllib.request.Request(\n    os.environ[\"KLANTPORTAAL_API\"] + {},\n    method=\"{}\",\n    headers={{\n        \"Authorization\": \"Bearer \" + os.environ[\"KLANTPORTAAL_API_KEY\"],\n",
            literal(&self.path),
            self.method.to_uppercase()
        );
        if self.body.is_some() {
            text += "        \"Content-Type\": \"application/json\",\n";
        }
        text += "    },\n";
        if let Some(body) = &self.body {
            let _ = writeln!(text, "    data=json.dumps({}).encode(),", python_value(body, 4));
        }
        text + ")\nwith urllib.request.urlopen(request, timeout=30) as response:\n    print(response.read().decode())"
    }

    fn javascript(&self) -> String {
        let mut text = format!(
            "const {{ KLANTPORTAAL_API, KLANTPORTAAL_API_KEY }} = process.env;\n\nconst response = await fetch(`${{KLANTPORTAAL_API}}{}`, {{\n",
            self.path
        );
        if self.method != "get" {
            let _ = writeln!(text, "  method: \"{}\",", self.method.to_uppercase());
        }
        text += "  headers: {\n    Authorization: `Bearer ${KLANTPORTAAL_API_KEY}`,\n";
        if self.body.is_some() {
            text += "    \"Content-Type\": \"application/json\",\n";
        }
        text += "  },\n";
        if let Some(body) = &self.body {
            let json = pretty(body).replace('\n', "\n  ");
            let _ = writeln!(text, "  body: JSON.stringify({json}),");
        }
        text + "});\nif (!response.ok) throw new Error(await response.text());\nconsole.log(await response.text());"
    }

    fn rust(&self) -> String {
        let mut text = String::from(if self.body.is_some() {
            "// cargo add reqwest --features blocking,json\n// cargo add serde_json\n"
        } else {
            "// cargo add reqwest --features blocking\n"
        });
        text += "use std::{env, error::Error};\n\nuse reqwest::blocking::Client;\n";
        if self.body.is_some() {
            text += "use serde_json::json;\n";
        }
        let _ = write!(
            text,
            "\nfn main() -> Result<(), Box<dyn Error>> {{\n    let api = env::var(\"KLANTPORTAAL_API\")?;\n    let key = env::var(\"KLANTPORTAAL_API_KEY\")?;\n\n    let response = Client::new()\n        .{}(format!(\"{{api}}{}\"))\n        .bearer_auth(key)\n",
            self.method, self.path
        );
        if let Some(body) = &self.body {
            let json = pretty(body).replace('\n', "\n        ");
            let _ = writeln!(text, "        .json(&json!({json}))");
        }
        text + "        .send()?\n        .error_for_status()?;\n    println!(\"{}\", response.text()?);\n    Ok(())\n}"
    }
}

fn literal(text: &str) -> String {
    Value::from(text).to_string()
}

/// A JSON value as Python writes it.
fn python_value(value: &Value, indent: usize) -> String {
    let (inner, end) = (" ".repeat(indent + 4), " ".repeat(indent));
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Object(fields) if !fields.is_empty() => {
            let lines: String = fields
                .iter()
                .map(|(name, value)| {
                    format!("{inner}{}: {},\n", literal(name), python_value(value, indent + 4))
                })
                .collect();
            format!("{{\n{lines}{end}}}")
        }
        Value::Array(items) if !items.is_empty() => {
            let lines: String = items
                .iter()
                .map(|item| format!("{inner}{},\n", python_value(item, indent + 4)))
                .collect();
            format!("[\n{lines}{end}]")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(method: &'static str, body: Option<Value>) -> Call<'static> {
        Call { method, path: "/customers/cst_1".into(), body, upload: None }
    }

    #[test]
    fn a_call_without_a_body_is_as_short_as_it_can_be() {
        let [(_, curl), (_, python), (_, javascript), (_, rust)] = call("get", None).programs();
        assert_eq!(
            curl,
            "curl --header \"Authorization: Bearer $KLANTPORTAAL_API_KEY\" \\\n  \"$KLANTPORTAAL_API/customers/cst_1\""
        );
        for program in [&python, &javascript, &rust] {
            assert!(program.contains("/customers/cst_1") && !program.contains("json"), "{program}");
        }
        assert!(rust.contains(".get(format!(\"{api}/customers/cst_1\"))"), "{rust}");
    }

    #[test]
    fn a_body_is_written_in_each_languages_own_way() {
        let body = json!({ "note": "it's", "phone": null, "active": true, "tags": ["a"] });
        let [(_, curl), (_, python), (_, javascript), (_, rust)] =
            call("patch", Some(body)).programs();
        assert!(curl.contains("--request PATCH") && curl.contains(r#"it'\''s"#), "{curl}");
        assert!(
            python.contains("\"phone\": None") && python.contains("\"active\": True"),
            "{python}"
        );
        assert!(python.contains("\"tags\": [\n            \"a\",\n        ]"), "{python}");
        assert!(javascript.contains("method: \"PATCH\"") && javascript.contains("\"phone\": null"));
        assert!(rust.contains(".patch(") && rust.contains(".json(&json!({"), "{rust}");
    }

    #[test]
    fn curl_posts_a_body_by_itself() {
        let [(_, post), ..] = call("post", Some(json!({ "a": 1 }))).programs();
        let [(_, empty), ..] = call("post", None).programs();
        assert!(!post.contains("--request") && empty.contains("--request POST"));
    }
}
