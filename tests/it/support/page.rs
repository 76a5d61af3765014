//! A page's HTML, and the forms in it.

use super::{Answer, Browser};

pub struct Page {
    pub html: String,
}

/// A form of a page, filled in by a person.
#[derive(Clone)]
pub struct FilledForm {
    pub action: String,
    pub fields: Vec<(String, String)>,
    /// The names of what people type in, and whether it is a password or a code.
    pub typed: Vec<(String, bool)>,
    /// Whether it can send files.
    pub is_multipart: bool,
}

impl Page {
    pub fn of(answer: &Answer) -> Self {
        assert!(
            answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")),
            "{answer}"
        );
        Self { html: answer.text() }
    }

    /// The page without what is another each time: where a form stands, sealed, and the ids of drafts.
    pub fn without_marks(&self) -> String {
        let mut text = self.html.clone();
        for start in [r#"name="origin" value=""#, "draft%3D"] {
            let mut parts = text.split(start);
            let first = parts.next().unwrap().to_owned();
            let rest = parts.map(|part| {
                let end =
                    part.find(|c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c)).unwrap();
                format!("{start}{}", &part[end..])
            });
            text = first + &rest.collect::<String>();
        }
        text
    }

    /// Whether the page says this.
    pub fn says(&self, text: &str) -> bool {
        self.html.contains(text)
    }

    /// The values of the fields of a name, in order, with those that are ticked first.
    pub fn choices(&self, name: &str) -> Vec<String> {
        let mut inputs: Vec<_> = tags(&self.html, "input")
            .filter(|tag| attribute(tag, "name").as_deref() == Some(name))
            .collect();
        inputs.sort_by_key(|tag| !is_ticked(tag));
        inputs.into_iter().filter_map(|tag| attribute(tag, "value")).collect()
    }

    /// What the page's forms carry.
    pub fn csrf(&self) -> String {
        self.forms()
            .iter()
            .find_map(|form| form.field("csrf").map(str::to_owned))
            .unwrap_or_else(|| panic!("no form in {}", self.html))
    }

    /// All forms that are posted.
    pub fn forms(&self) -> Vec<FilledForm> {
        let forms =
            self.html.split("<form").skip(1).map(|rest| rest.split("</form>").next().unwrap());
        forms
            .filter(|form| {
                form.split('>').next().is_some_and(|tag| tag.contains("method=\"post\""))
            })
            .map(FilledForm::of)
            .collect()
    }

    /// All paths that the page links to.
    pub fn links(&self) -> Vec<String> {
        tags(&self.html, "a")
            .filter_map(|tag| attribute(tag, "href"))
            .filter(|href| href.starts_with('/'))
            .collect()
    }

    /// What the window is called.
    pub fn title(&self) -> &str {
        let title =
            self.html.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
        title.unwrap_or_else(|| panic!("no title in {}", self.html)).0
    }

    /// The form that is posted to an address with this part.
    pub fn form_to(&self, part: &str) -> FilledForm {
        let mut forms = self.forms().into_iter();
        forms
            .rfind(|form| form.action.contains(part))
            .unwrap_or_else(|| panic!("no form to {part} in {}", self.html))
    }

    /// The form that the buttons of the language switch send, if they do.
    pub fn form_of_languages(&self) -> Option<FilledForm> {
        let button = tags(&self.html, "button")
            .find(|tag| attribute(tag, "name").as_deref() == Some("switch_language"))?;
        let id = format!(r#" id="{}""#, attribute(button, "form")?);
        let form = self
            .html
            .split("<form")
            .skip(1)
            .find(|rest| rest.split('>').next().unwrap().contains(&id));
        Some(FilledForm::of(form?.split("</form>").next()?))
    }

    /// The main form: of several, the one that a language or log-out button is not.
    pub fn form(&self) -> FilledForm {
        let mut forms =
            self.html.split("<form").skip(1).map(|rest| rest.split("</form>").next().unwrap());
        let form = forms
            .find(|form| !form.contains("/logout\""))
            .unwrap_or_else(|| panic!("no form in {}", self.html));
        FilledForm::of(form)
    }
}

impl FilledForm {
    fn of(form: &str) -> Self {
        let tag = form.split('>').next().unwrap();
        let action = attribute(tag, "action").unwrap();
        let is_multipart = tag.contains("multipart/form-data");
        let (mut fields, mut typed) = (Vec::new(), Vec::new());
        for tag in tags(form, "textarea") {
            typed.push((attribute(tag, "name").unwrap(), false));
        }
        for tag in tags(form, "input") {
            let kind = attribute(tag, "type").unwrap_or_default();
            if kind == "hidden" || is_ticked(tag) {
                fields.push((
                    attribute(tag, "name").unwrap(),
                    attribute(tag, "value").unwrap_or_default(),
                ));
            } else if ["text", "email", "url", "tel", "password"].contains(&kind.as_str())
                && !tag.contains(" readonly")
            {
                let is_secret = kind == "password"
                    || attribute(tag, "autocomplete").as_deref() == Some("one-time-code");
                typed.push((attribute(tag, "name").unwrap(), is_secret));
            }
        }
        Self { action, fields, typed, is_multipart }
    }

    /// Fills a field in, in place of what it held.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self
    }

    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Sends the form and goes to the page to which that leads.
    pub async fn send_to_page(&self, browser: &Browser) -> Page {
        let answer = self.send(browser).await;
        match answer.header("location") {
            Some(page) => browser.page(page).await,
            None => Page::of(&answer),
        }
    }

    pub async fn send(&self, browser: &Browser) -> Answer {
        if !self.is_multipart {
            return browser.post(&self.action, &self.fields).await;
        }
        self.send_with(browser, &[]).await
    }

    /// Sends the form with files, in the field `file`.
    pub async fn send_with(&self, browser: &Browser, files: &[(&str, &[u8])]) -> Answer {
        let part = |(name, value): &(String, String)| {
            format!("--grens\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let texts: String = self.fields.iter().map(part).collect();
        let mut body = texts.into_bytes();
        for (name, content) in files {
            let head = format!(
                "--grens\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n"
            );
            body.extend([head.as_bytes(), content, b"\r\n"].concat());
        }
        body.extend_from_slice(b"--grens--\r\n");
        browser.post_raw(&self.action, "multipart/form-data; boundary=grens", body, &[]).await
    }
}

fn tags<'a>(html: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    html.split('<').filter_map(move |part| part.strip_prefix(name)?.split('>').next())
}

fn is_ticked(tag: &str) -> bool {
    tag.split_ascii_whitespace().any(|word| word == "checked")
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let value = rest.split('"').next()?;
    Some(
        value
            .replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    )
}
