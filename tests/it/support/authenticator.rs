//! A person's authenticator app, and setting it up.

use klantportaal::clock::Clock;
use totp_rs::{Builder, Secret, Totp};

use super::{Browser, Page};

pub struct Authenticator {
    totp: Totp,
    clock: Clock,
    /// The recovery codes that came with it.
    pub recovery_codes: Vec<String>,
}

impl Authenticator {
    /// Sets an app up for whoever is logged in on the manage site.
    pub async fn set_up(browser: &Browser, clock: &Clock) -> Self {
        let form = browser.page("/manage/account/second-factor/app").await.form();
        let mut app = Self::of(form.field("secret").unwrap(), clock);
        let page = Page::of(&form.with("code", &app.code()).send(browser).await);
        app.recovery_codes = page.block();
        assert_eq!(app.recovery_codes.len(), 10, "{}", page.html);
        app
    }

    /// An app that was told a secret.
    pub fn of(base32: &str, clock: &Clock) -> Self {
        let totp = Builder::new()
            .with_secret(Secret::try_from_base32(base32).unwrap())
            .with_account_name("a")
            .build()
            .unwrap();
        Self { totp, clock: clock.clone(), recovery_codes: Vec::new() }
    }

    /// The secret that it was told.
    pub fn base32(&self) -> String {
        self.totp.secret().to_base32()
    }

    /// The code that it shows now.
    pub fn code(&self) -> String {
        self.totp.generate(u64::try_from(self.clock.now().as_second()).unwrap()).to_string()
    }

    /// The code that it shows once the one of before is over.
    pub fn next_code(&self) -> String {
        self.clock.advance(jiff::SignedDuration::from_secs(30));
        self.code()
    }
}

impl Page {
    /// The lines of the page's block of code.
    pub fn block(&self) -> Vec<String> {
        let code = self
            .html
            .split_once("<pre")
            .and_then(|(_, rest)| rest.split_once("<code>")?.1.split_once("</code>"));
        code.unwrap_or_else(|| panic!("no code in {}", self.html))
            .0
            .lines()
            .map(str::to_owned)
            .collect()
    }
}
