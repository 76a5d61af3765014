//! A person's browser, over plain HTTP: it keeps cookies and sends the forms on pages.

use std::net::IpAddr;
use std::sync::Arc;

use reqwest::cookie::{CookieStore, Jar};
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};
use url::Url;

use super::{Answer, PASSWORD, Page, own_address};

pub struct Browser {
    origin: Url,
    jar: Arc<Jar>,
    http: Client,
}

impl Browser {
    pub fn new(url: &str) -> Self {
        let jar = Arc::new(Jar::default());
        let accept = HeaderValue::from_static("text/html,application/xhtml+xml,*/*;q=0.8");
        let http = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .local_address(IpAddr::V4(own_address()))
            .default_headers(HeaderMap::from_iter([(ACCEPT, accept)]))
            .cookie_provider(Arc::clone(&jar))
            .build()
            .unwrap();
        Self { origin: url.parse().unwrap(), jar, http }
    }

    /// Another browser with the same cookies.
    pub fn twin(other: &Self) -> Self {
        let twin = Self::new(other.origin.as_str());
        let all = other.jar.cookies(&other.origin);
        for (name, value) in all
            .iter()
            .flat_map(|all| all.to_str().unwrap().split("; "))
            .filter_map(|pair| pair.split_once('='))
        {
            twin.set_cookie(name, value);
        }
        twin
    }

    /// A browser in which this person has logged in on the manage site.
    pub async fn logged_in(url: &str, email: &str) -> Self {
        let browser = Self::new(url);
        let answer = browser.log_in(email, PASSWORD).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/manage")), "{answer}");
        browser
    }

    /// Fills in the log-in form.
    pub async fn log_in(&self, email: &str, password: &str) -> Answer {
        self.page("/manage/login")
            .await
            .form()
            .with("email", email)
            .with("password", password)
            .send(self)
            .await
    }

    fn url(&self, path: &str) -> Url {
        self.origin.join(path).unwrap()
    }

    pub async fn get(&self, path: &str) -> Answer {
        Answer::to(self.http.get(self.url(path))).await
    }

    /// The same with a header.
    pub async fn get_with(&self, path: &str, (name, value): (&str, &str)) -> Answer {
        Answer::to(self.http.get(self.url(path)).header(name, value)).await
    }

    /// The port of the server.
    pub fn port(&self) -> u16 {
        self.origin.port().unwrap()
    }

    /// A page that must be there.
    pub async fn page(&self, path: &str) -> Page {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{answer}");
        Page::of(&answer)
    }

    /// Sends a form. One that is not taken leads to its page again, which is then the answer.
    pub async fn post(&self, path: &str, fields: &[(String, String)]) -> Answer {
        self.follow_to_form(self.post_only(path, fields).await).await
    }

    /// The same, without going where a form leads that is not taken.
    pub async fn post_only(&self, path: &str, fields: &[(String, String)]) -> Answer {
        Answer::to(self.http.post(self.url(path)).form(fields)).await
    }

    /// The page of a form that was not taken, or else the answer as it is.
    async fn follow_to_form(&self, answer: Answer) -> Answer {
        match answer.header("location") {
            Some(page) if answer.status == 303 && is_draft(page) => self.get(page).await,
            _ => answer,
        }
    }

    /// The same with further headers.
    pub async fn post_with(
        &self,
        path: &str,
        fields: &[(String, String)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let request = self.http.post(self.url(path)).form(fields);
        let request =
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        self.follow_to_form(Answer::to(request).await).await
    }

    /// The same with a body of any type.
    pub async fn post_raw(
        &self,
        path: &str,
        kind: &str,
        body: impl Into<reqwest::Body>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let request = self.http.post(self.url(path)).header("content-type", kind).body(body);
        let request =
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        self.follow_to_form(Answer::to(request).await).await
    }

    /// A request to post something, which may get no answer.
    pub fn request_to_post(&self, path: &str) -> RequestBuilder {
        self.http.post(self.url(path))
    }

    /// What the forms of a site carry in this browser.
    pub async fn csrf(&self, site: &str) -> String {
        let answer = self.get(&format!("/{site}/account")).await;
        let page = if answer.status == 303 {
            self.page(&format!("/{site}/login")).await
        } else {
            Page::of(&answer)
        };
        page.csrf()
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let all = self.jar.cookies(&self.origin)?;
        let pairs = all.to_str().unwrap().split("; ").filter_map(|pair| pair.split_once('='));
        pairs.filter(|(known, _)| *known == name).map(|(_, value)| value.to_owned()).next()
    }

    /// Puts a cookie in, as somebody with access to the browser might.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.jar.add_cookie_str(&format!("{name}={value}; Path=/"), &self.origin);
    }
}

/// Whether an address is that of a form's page with what was typed: not of one that leads there later.
pub fn is_draft(address: &str) -> bool {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    query.split('&').any(|pair| pair.starts_with("draft="))
}
