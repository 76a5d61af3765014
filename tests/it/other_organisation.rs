//! A form that was opened in one portal and is sent after another tab has opened another one: it is
//! saved in neither, and comes back filled in where it belongs.

use klantportaal::accounts::{Account, Organisation, Role, create_developer};
use klantportaal::db::ToParam;
use klantportaal::ids::{DeveloperId, PortalId};

use crate::support::pages::{Party, page_routes};
use crate::support::{Answer, Browser, FilledForm, InProcess, Instance, Key, Page, Portal};

/// Forms about the person, or in which a portal or developer is chosen.
const ANYWHERE: [&str; 15] = [
    "/account",
    "/logout",
    "/passkeys",
    "/portals",
    "/organisations",
    "/welcome",
    "/restore",
    "/reauthenticate",
    "/invitation",
    "/device",
    "/register",
    "/login",
    "/forgot-password",
    "/reset-password",
    "/verify",
];

/// Whether a form changes something of a portal or developer.
fn is_of_organisation(action: &str) -> bool {
    let path = ["/manage", "/developers"].iter().find_map(|site| action.strip_prefix(site));
    path.is_some_and(|path| !ANYWHERE.iter().any(|known| path.starts_with(known)))
}

/// A person in two portals, of which the first is open.
struct Two {
    browser: Browser,
    first: Portal,
    second: Portal,
}

impl Two {
    async fn new(server: &Instance) -> Self {
        let (first, browser) = server.portal_and_browser().await;
        let second = join_another(server, &first).await;
        Self { browser, first, second }
    }

    async fn keys(&self) -> [Key; 2] {
        [self.first.key().await, self.second.key().await]
    }
}

/// Another portal, that the first one's owner also owns.
async fn join_another(server: &Instance, first: &Portal) -> Portal {
    let (second, account) = (server.portal().await, server.owner(first).await);
    let rename = "UPDATE portals SET name = 'Aannemer Bos' WHERE id = ?1";
    server.db.execute(rename, &[second.id.to_param()]).await.unwrap();
    server.let_in(&Organisation::Portal(second.id.clone()), &account.id, Role::Owner).await;
    second
}

async fn open_portal(browser: &Browser, portal: &PortalId) {
    let form = browser.page("/manage/portals").await.form().with("portal", portal.as_str());
    assert_eq!(form.send(browser).await.header("location"), Some("/manage"));
}

async fn open_developer(browser: &Browser, developer: &DeveloperId) {
    let page = browser.page("/developers/organisations").await;
    let form = page.form().with("developer", developer.as_str());
    assert_eq!(form.send(browser).await.header("location"), Some("/developers"));
}

async fn send_only(browser: &Browser, form: &FilledForm) -> Answer {
    browser.post_only(&form.action, &form.fields).await
}

/// The page that a refused form leads to, and its address.
async fn refused(browser: &Browser, form: &FilledForm) -> (Page, String) {
    let answer = send_only(browser, form).await;
    let address = answer.header("location").unwrap_or_default().to_owned();
    assert!(answer.status == 303 && address.contains("draft="), "{}: {answer}", form.action);
    let shown = browser.get(&address).await;
    assert_eq!(shown.status, 409, "{}: {shown}", form.action);
    (Page::of(&shown), address)
}

/// Goes back to where a refused form belongs, and sends it there as it was filled in.
async fn send_where_it_belongs(
    browser: &Browser,
    form: &FilledForm,
    (page, address): (&Page, &str),
) -> (Page, Answer) {
    let marks = ["csrf", "origin", "form", "filled_from"];
    let typed = form.fields.iter().filter(|(name, _)| !marks.contains(&name.as_str()));
    let back = send_only(browser, &page.form()).await;
    assert_eq!((back.status, back.header("location")), (303, Some(address)), "{back}");
    let shown = browser.page(address).await;
    let filled = typed.fold(shown.form(), |form, (name, value)| form.with(name, value));
    let sent = filled.send(browser).await;
    (shown, sent)
}

async fn names(key: &Key) -> Vec<String> {
    let list = key.get("/v1/customers").await.expect(200);
    let rows = list["data"].as_array().unwrap().iter();
    rows.map(|row| row["companyName"].as_str().unwrap().to_owned()).collect()
}

both_engines! {
    async fn a_customer_is_saved_in_the_portal_it_was_typed_in(engine: Engine) {
        let server = InProcess::start(engine).await;
        let two = Two::new(&server).await;
        let (browser, keys) = (&two.browser, two.keys().await);
        let form = [
            ("companyName", "De Molen"),
            ("primaryEmail", "info@molen.example"),
            ("address", "Kade 1"),
            ("zipCode", "6711 AA"),
            ("city", "Ede"),
            ("countryCode", "NL"),
            ("customerType", "business"),
        ]
        .into_iter()
        .fold(browser.page("/manage/customers/new").await.form(), |form, (name, text)| form.with(name, text));
        open_portal(browser, &two.second.id).await;
        let (page, address) = refused(browser, &form).await;
        for text in ["Dit formulier hoort bij Bakkerij Jansen", "Aannemer Bos", "niets opgeslagen"] {
            assert!(page.says(text), "{text}: {}", page.html);
        }
        assert!(!page.says("De Molen"), "nothing of one portal is shown in another: {}", page.html);
        for key in &keys {
            assert!(names(key).await.is_empty());
        }
        // Nor does anything change by asking again.
        assert_eq!(browser.get(&address).await.status, 409);
        let (shown, sent) = send_where_it_belongs(browser, &form, (&page, &address)).await;
        assert!(shown.says(r#"value="De Molen""#) && shown.title().contains("Bakkerij Jansen"), "{}", shown.html);
        assert_eq!(sent.status, 303, "{sent}");
        assert_eq!((names(&keys[0]).await, names(&keys[1]).await), (vec!["De Molen".to_owned()], vec![]));
    }

    async fn a_key_and_an_invitation_are_made_in_the_portal_they_were_asked_for_in(engine: Engine) {
        let server = InProcess::start(engine).await;
        let two = Two::new(&server).await;
        let browser = &two.browser;
        let key = browser.page("/manage/settings/api-keys/new").await.form().with("name", "Kassa 12").with("scope", "customers.read");
        let invitation = browser.page("/manage/settings/team/invite").await.form().with("email", "nieuw@example.nl").with("role", "admin");
        open_portal(browser, &two.second.id).await;
        for (form, list, text) in [
            (key, "/manage/settings/api-keys", "Kassa 12"),
            (invitation, "/manage/settings/team", "nieuw@example.nl"),
        ] {
            let (page, address) = refused(browser, &form).await;
            assert!(!browser.page(list).await.says(text), "{list}");
            let (shown, sent) = send_where_it_belongs(browser, &form, (&page, &address)).await;
            assert!(shown.says(text) && matches!(sent.status, 200 | 303), "{sent}");
            assert!(browser.page(list).await.says(text), "{list}");
            open_portal(browser, &two.second.id).await;
            assert!(!browser.page(list).await.says(text), "{list}");
        }
    }

    async fn whoever_has_left_meanwhile_is_told_so(engine: Engine) {
        let server = InProcess::start(engine).await;
        let two = Two::new(&server).await;
        let browser = &two.browser;
        let form = browser.page("/manage/customer-groups/new").await.form().with("name", "Leden");
        open_portal(browser, &two.second.id).await;
        let leave = "DELETE FROM portal_members WHERE portal_id = ?1";
        server.db.execute(leave, &[two.first.id.to_param()]).await.unwrap();
        let (page, _) = refused(browser, &form).await;
        assert!(page.says("niet meer openen") && !page.says("Bakkerij Jansen"), "{}", page.html);
        assert!(page.links().contains(&"/manage".to_owned()));
    }

    async fn a_portal_is_opened_on_a_page_of_our_own(engine: Engine) {
        let server = InProcess::start(engine).await;
        let two = Two::new(&server).await;
        for (next, leads) in [
            ("/manage/customers?page=2", "/manage/customers?page=2"),
            ("https://evil.example/", "/manage"),
            ("//evil.example/", "/manage"),
            ("", "/manage"),
        ] {
            let form = two.browser.page("/manage/portals").await.form();
            let form = form.with("portal", two.second.id.as_str()).with("next", next);
            assert_eq!(form.send(&two.browser).await.header("location"), Some(leads), "{next}");
        }
    }

    async fn every_form_of_a_portal_or_developer_is_refused_in_another_one(engine: Engine) {
        let server = InProcess::start(engine).await;
        let party = Party::new(&server).await;
        let browser = &party.browser;
        let account = Account::by_email(&server.db, &party.email).await.unwrap().unwrap();
        let other = server.portal().await;
        server.let_in(&Organisation::Portal(other.id.clone()), &account.id, Role::Owner).await;
        let mut tx = server.db.begin().await.unwrap();
        let developer = create_developer(&mut tx, &"Andere makers".into(), &account.id, server.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        open_portal(browser, &party.portal).await;
        open_developer(browser, &party.developer).await;
        let mut forms = Vec::new();
        for route in page_routes().iter().filter(|route| route.get) {
            let answer = browser.get(&party.path(route)).await;
            if answer.status == 200 && answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
                forms.extend(Page::of(&answer).forms());
            }
        }
        forms.retain(|form| is_of_organisation(&form.action));
        forms.sort_by(|one, other| one.action.cmp(&other.action));
        forms.dedup_by(|one, other| one.action == other.action);
        assert!(forms.len() >= 25, "only {} forms", forms.len());
        open_portal(browser, &other.id).await;
        open_developer(browser, &developer).await;
        for form in &forms {
            let answer = send_only(browser, form).await;
            let address = answer.header("location").unwrap_or_default().to_owned();
            assert!(answer.status == 303 && address.contains("draft="), "{}: {answer}", form.action);
            let shown = browser.get(&address).await;
            assert!(shown.status == 409 && shown.text().contains("hoort bij"), "{}: {shown}", form.action);
        }
    }
}
