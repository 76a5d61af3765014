//! The headers of a part.

use super::Malformed;

/// The headers of a part, as far as they matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// The name of its field.
    pub(crate) name: String,
    /// The name of its file, if it is one.
    pub(crate) file_name: Option<String>,
    /// Its media type.
    pub(crate) media_type: Option<String>,
}

impl Head {
    /// Parses headers, without the empty line after them.
    pub(super) fn parse(head: &[u8]) -> Result<Self, Malformed> {
        let head =
            std::str::from_utf8(head).map_err(|_| Malformed("a part's headers are not UTF-8"))?;
        let (mut disposition, mut media_type) = (None, None);
        for line in head.split("\r\n") {
            let (name, value) =
                line.split_once(':').ok_or(Malformed("a part's header has no colon"))?;
            let value = value.trim();
            let slot = match name.to_ascii_lowercase().as_str() {
                "content-disposition" => &mut disposition,
                "content-type" => &mut media_type,
                // RFC 7578 section 4.7: only these leave the content as it is.
                "content-transfer-encoding" => {
                    let is_plain = ["7bit", "8bit", "binary"]
                        .iter()
                        .any(|plain| value.eq_ignore_ascii_case(plain));
                    if is_plain {
                        continue;
                    }
                    return Err(Malformed("a part has a Content-Transfer-Encoding"));
                }
                _ => continue,
            };
            if slot.replace(value.to_owned()).is_some() {
                return Err(Malformed("a part repeats a header"));
            }
        }
        let disposition = disposition.ok_or(Malformed("a part has no Content-Disposition"))?;
        let (name, file_name) = names(&disposition)?;
        Ok(Self { name, file_name, media_type })
    }

    /// Whether its content is JSON, as it says.
    pub(crate) fn is_json(&self) -> bool {
        let kind = self.media_type.as_deref().and_then(|kind| kind.split(';').next());
        kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
    }
}

/// The names of the field and of the file in a `Content-Disposition`.
fn names(disposition: &str) -> Result<(String, Option<String>), Malformed> {
    const WRONG: Malformed = Malformed("a part's Content-Disposition can't be read");
    let end = disposition.find(';').ok_or(WRONG)?;
    let (kind, mut rest) = disposition.split_at(end);
    if !kind.trim().eq_ignore_ascii_case("form-data") {
        return Err(WRONG);
    }
    let (mut name, mut file_name) = (None, None);
    while let Some(parameter) = rest.strip_prefix(';') {
        let (key, value) = parameter.split_once('=').ok_or(WRONG)?;
        let (value, after) = value_of(value.trim_start()).ok_or(WRONG)?;
        rest = after.trim_start();
        let slot = match key.trim().to_ascii_lowercase().as_str() {
            "name" => &mut name,
            "filename" => &mut file_name,
            // RFC 7578 section 4.2: `filename*` must not be used.
            _ => continue,
        };
        if slot.replace(value).is_some() {
            return Err(WRONG);
        }
    }
    match name {
        Some(name) if rest.is_empty() => Ok((name, file_name)),
        _ => Err(WRONG),
    }
}

/// A parameter's value, in quotation marks or not, and what follows it.
fn value_of(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([';', ' ', '\t']).unwrap_or(text.len());
        return Some((text[..end].to_owned(), &text[end..]));
    };
    let mut value = String::new();
    let mut letters = quoted.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((unescaped(&value), &quoted[at + 1..])),
            // Browsers escape by percents; other clients by a backslash, but they leave it alone in
            // a path of Windows.
            '\\' if letters.peek().is_some_and(|(_, next)| matches!(next, '"' | '\\')) => {
                value.extend(letters.next().map(|(_, next)| next));
            }
            letter => value.push(letter),
        }
    }
    None
}

/// Without the three escapes of the HTML Standard (multipart/form-data encoding algorithm).
fn unescaped(value: &str) -> String {
    value.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(head: &str) -> Option<(String, Option<String>)> {
        Head::parse(head.as_bytes()).ok().map(|head| (head.name, head.file_name))
    }

    #[test]
    fn names_are_read_in_the_notations_of_clients() {
        for (disposition, name, file_name) in [
            (r#"form-data; name="a""#, "a", None),
            (r"form-data;name=a", "a", None),
            (r#"FORM-DATA ; Name = "a" ; FileName = "b.pdf" "#, "a", Some("b.pdf")),
            (r#"form-data; filename="b;c=d.pdf"; name="a""#, "a", Some("b;c=d.pdf")),
            (r#"form-data; name="a"; filename="""#, "a", Some("")),
            (r#"form-data; name="lines[0][vatRate]""#, "lines[0][vatRate]", None),
            (r#"form-data; name="a%22b%0D%0Ac""#, "a\"b\r\nc", None),
            (r#"form-data; name="a"; filename="b\"c.pdf""#, "a", Some("b\"c.pdf")),
            (r#"form-data; name="a"; filename="C:\map\b.pdf""#, "a", Some(r"C:\map\b.pdf")),
            (r#"form-data; name="é"; filename="offerte ü.pdf""#, "é", Some("offerte ü.pdf")),
            (r#"form-data; name="a"; filename*=UTF-8''x"#, "a", None),
        ] {
            let found = read(&format!("content-disposition: {disposition}"));
            assert_eq!(
                found,
                Some((name.to_owned(), file_name.map(str::to_owned))),
                "{disposition}"
            );
        }
    }

    #[test]
    fn headers_that_mean_something_else_are_refused() {
        for head in [
            "",
            "Content-Type: text/plain",
            "Content-Disposition: form-data",
            "Content-Disposition: form-data; filename=\"a\"",
            "Content-Disposition: attachment; name=\"a\"",
            "Content-Disposition: form-data; name=\"a",
            "Content-Disposition: form-data; name=\"a\"b",
            "Content-Disposition: form-data; name=\"a\"; name=\"b\"",
            "Content-Disposition: form-data; name=\"a\"; b",
            "Content-Disposition: form-data; name=\"a\"\r\nContent-Disposition: form-data; name=\"b\"",
            "Content-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: base64",
            "Content-Disposition: form-data; name=\"a\"\r\nno colon",
        ] {
            assert_eq!(read(head), None, "{head}");
        }
        assert!(Head::parse(b"Content-Disposition: form-data; name=\"\xff\"").is_err());
    }

    #[test]
    fn a_part_says_what_it_is() {
        let head = |kind: &str| {
            let head = format!("Content-Disposition: form-data; name=a\r\nContent-Type: {kind}");
            Head::parse(head.as_bytes()).unwrap()
        };
        assert!(
            head("application/json").is_json() && head("Application/JSON; charset=utf-8").is_json()
        );
        assert!(!head("text/plain").is_json() && !head("application/jsonp").is_json());
        assert_eq!(head("application/pdf").media_type.as_deref(), Some("application/pdf"));
    }
}
