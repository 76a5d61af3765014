//! The receiver of test authorizations in the developer portal.

use jiff::SignedDuration;
use klantportaal::clients::AppProtection;
use klantportaal::db::{Single, ToParam};
use url::Url;

use crate::sandboxes::developer_of;
use crate::support::{Answer, App, Back, Browser, FilledForm, InProcess, PASSWORD, Page};

/// A person who tries an app of their developer by the receiver, in one browser on both sites.
pub struct Trying<'a> {
    server: &'a InProcess,
    pub app: App,
    pub email: String,
    pub browser: Browser,
}

impl<'a> Trying<'a> {
    /// Everything is there: the address is registered, and there is a test portal.
    pub async fn new(server: &'a InProcess, app: App) -> Self {
        let trying = Self::begin(server, app).await;
        for button in ["/register", "/portal"] {
            let answer = trying.page().await.form_to(button).send(&trying.browser).await;
            assert_eq!(
                (answer.status, answer.header("location")),
                (303, Some(&*trying.path())),
                "{answer}"
            );
        }
        trying
    }

    async fn begin(server: &'a InProcess, app: App) -> Self {
        let (email, browser) = developer_of(server, &app).await;
        assert_eq!(browser.log_in(&email, PASSWORD).await.status, 303);
        Self { server, app, email, browser }
    }

    pub fn path(&self) -> String {
        format!("/developers/apps/{}/receiver", self.app.id)
    }

    pub async fn page(&self) -> Page {
        self.browser.page(&self.path()).await
    }

    /// The id of the test portal.
    pub async fn sandbox(&self) -> String {
        let sql = "SELECT id AS value FROM portals WHERE sandbox_of = ?1";
        let row: Option<Single<String>> =
            self.server.db.row(sql, &[self.app.developer.to_param()]).await.unwrap();
        row.unwrap().0
    }

    /// Opens the link of the page and gives access to a portal; where the browser is sent back to.
    pub async fn consent(&self, portal: &str) -> String {
        let page = self.page().await;
        let url = authorize_url(&page).unwrap_or_else(|| panic!("no link: {}", page.html));
        let path = format!("{}?{}", url.path(), url.query().unwrap());
        let form = self.browser.page(&path).await.form();
        let answer =
            form.with("portal", portal).with("decision", "allow").send(&self.browser).await;
        assert_eq!(Back::of(&answer).uri, format!("{}/developers/receiver", self.server.url));
        answer.header("location").unwrap().to_owned()
    }

    /// The same for the test portal.
    pub async fn back(&self) -> String {
        self.consent(&self.sandbox().await).await
    }

    /// The form to exchange the code, to which the receiver's address leads.
    pub async fn form(&self, back: &str) -> FilledForm {
        let arrived = self.browser.get(back).await;
        assert_eq!(arrived.status, 303, "{arrived}");
        self.browser.page(arrived.header("location").unwrap()).await.form()
    }

    pub async fn exchange(&self, form: &FilledForm, secret: &str) -> Answer {
        form.clone().with("app_secret", secret).send(&self.browser).await
    }

    /// The id of the person's own portal, which is no test portal.
    pub async fn business(&self) -> String {
        let sql = "SELECT m.portal_id AS value FROM portal_members m JOIN accounts a ON a.id = m.account_id
                   JOIN portals p ON p.id = m.portal_id WHERE a.email = ?1 AND p.sandbox_of IS NULL";
        let row: Option<Single<String>> =
            self.server.db.row(sql, &[self.email.as_str().to_param()]).await.unwrap();
        row.unwrap().0
    }

    /// Whether there are tokens of the app that work.
    pub async fn has_tokens(&self) -> bool {
        let sql = "SELECT COUNT(*) AS value FROM oauth_tokens t JOIN grants g ON g.id = t.grant_id
                   WHERE g.app_id = ?1 AND t.revoked_at IS NULL";
        let row: Option<Single<i64>> =
            self.server.db.row(sql, &[self.app.id.to_param()]).await.unwrap();
        row.is_some_and(|Single(count)| count > 0)
    }
}

/// The link of a page to the consent page.
fn authorize_url(page: &Page) -> Option<Url> {
    let mut links = page.html.split("href=\"").map(|rest| rest.split('"').next().unwrap());
    let link = links.find(|link| link.contains("/oauth/authorize?"))?;
    Some(link.replace("&amp;", "&").parse().unwrap())
}

/// The access token that a page shows.
#[track_caller]
pub fn token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{answer}");
    let html = answer.text();
    let start = html.find("kpa_").unwrap_or_else(|| panic!("no token: {answer}"));
    html[start..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

both_engines! {
    async fn a_test_authorization_ends_with_a_token_and_a_first_call(engine: Engine) {
        let server = InProcess::start(engine).await;
        let app = server.app().await;
        let trying = Trying::begin(&server, app).await;
        assert!(authorize_url(&trying.page().await).is_none(), "the steps before are open");
        for button in ["/register", "/portal"] {
            assert_eq!(trying.page().await.form_to(button).send(&trying.browser).await.status, 303);
        }
        let (portal, back) = (trying.sandbox().await, trying.back().await);
        let form = trying.form(&back).await;
        let answer = trying.exchange(&form, &trying.app.secret).await;
        let access = token(&answer);
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer}");
        let html = answer.text();
        for shown in ["kpr_", "&quot;expires_in&quot;: 3600", "HTTP 200", &portal, "&quot;kind&quot;: &quot;app&quot;"] {
            assert!(html.contains(shown), "{shown}: {html}");
        }
        assert!(html.contains(&format!("Authorization: Bearer {access}")), "the curl command is ready: {html}");
        assert_eq!(server.bearer(&access).get("/v1/portal").await.expect(200)["id"], portal.as_str());
        let events = server.db.rows::<Single<String>>("SELECT subject AS value FROM audit_events WHERE action = 'app_changed'", &[]).await.unwrap();
        assert!(events.iter().any(|Single(subject)| subject.ends_with("/developers/receiver")), "who adds an address is recorded");
    }

    async fn an_app_without_a_secret_needs_none(engine: Engine) {
        let server = InProcess::start(engine).await;
        let trying = Trying::new(&server, server.public_app().await).await;
        let form = trying.form(&trying.back().await).await;
        assert!(form.field("app_secret").is_none());
        let answer = form.send(&trying.browser).await;
        server.bearer(&token(&answer)).get("/v1/portal").await.expect(200);
    }

    async fn a_wrong_secret_can_be_corrected(engine: Engine) {
        let server = InProcess::start(engine).await;
        let trying = Trying::new(&server, server.app().await).await;
        let mut form = trying.form(&trying.back().await).await;
        for wrong in ["", "kps_wrong", "kps_wrong as well"] {
            let answer = trying.exchange(&form, wrong).await;
            assert!(answer.text().contains("error-summary") && !answer.text().contains("kps_wrong"), "{answer}");
            form = Page::of(&answer).form();
        }
        token(&trying.exchange(&form, &trying.app.secret).await);
    }

    async fn a_code_that_ended_is_told_with_the_answer_of_the_token_endpoint(engine: Engine) {
        let server = InProcess::start(engine).await;
        let trying = Trying::new(&server, server.app().await).await;
        let form = trying.form(&trying.back().await).await;
        server.clock.advance(SignedDuration::from_secs(61));
        let answer = trying.exchange(&form, &trying.app.secret).await;
        assert!(answer.status == 400 && answer.text().contains("invalid_grant"), "{answer}");
        // A new code is one click away.
        let form = trying.form(&trying.back().await).await;
        token(&trying.exchange(&form, &trying.app.secret).await);
    }

    async fn who_declines_is_back_where_it_began(engine: Engine) {
        let server = InProcess::start(engine).await;
        let trying = Trying::new(&server, server.app().await).await;
        let url = authorize_url(&trying.page().await).unwrap();
        let form = trying.browser.page(&format!("{}?{}", url.path(), url.query().unwrap())).await.form();
        let declined = form.with("decision", "deny").send(&trying.browser).await;
        let answer = trying.browser.get(declined.header("location").unwrap()).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some(&*trying.path())), "{answer}");
        assert!(answer.header("set-cookie").is_some_and(|cookie| cookie.starts_with("flash-developers=flash.note.receiver_declined")));
    }

    async fn an_app_whose_key_only_its_developer_has_is_told_why(engine: Engine) {
        let server = InProcess::start(engine).await;
        let trying = Trying::new(&server, server.app().await).await;
        AppProtection { require_dpop: true, ..AppProtection::default() }.save(&server.db, &trying.app.developer, &trying.app.id).await.unwrap();
        let page = trying.page().await;
        assert!(page.says("DPoP") && authorize_url(&page).is_none(), "{}", page.html);
    }
}
