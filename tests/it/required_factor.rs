//! A second factor required by a portal, a developer or the operator: people without one are led to
//! set one up, come back, and can't write before.

use futures_util::future::{join, join_all};
use klantportaal::accounts::factors::Factors;
use klantportaal::accounts::{Account, Organisation, Role, find_developer, find_portal};
use klantportaal::clients::ClientType;
use klantportaal::db::{Single, ToParam};
use klantportaal::ids::AccountId;
use url::form_urlencoded;

use crate::support::operations::missing;
use crate::support::pages::{PageRoute, Party, fill, page_routes};
use crate::support::{
    Answer, Authenticator, Back, Browser, FilledForm, InProcess, Instance, PASSWORD, Page, Passkey,
    Portal, SCOPE,
};

const SETTINGS: &str = "/manage/settings/portal/second-factor";

/// The pages that need no second factor, wherever it is required, with what lies below them: those
/// for who is not logged in, and those on which people look after their own account.
const OPEN: &[&str] = &[
    "login",
    "logout",
    "register",
    "verify",
    "forgot-password",
    "reset-password",
    "reauthenticate",
    "account",
    "passkeys",
    "invitation",
    "undo-email-change",
    "restore",
    "restore-account",
];

/// The same where a portal or developer requires it: pages outside of any.
const OUTSIDE: &[&str] = &["portals", "organisations", "welcome", "device"];

/// Only says how it went, or seals a code and hands it on to a page of an app.
const DONE: &[&str] = &["device/allowed", "device/denied", "receiver"];

fn is_below(template: &str, pages: &[&str]) -> bool {
    let page = template.trim_start_matches('/').split_once('/').map_or("", |(_, page)| page);
    pages.iter().any(|known| {
        page.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

fn routes() -> Vec<PageRoute> {
    let mut routes = page_routes();
    routes.retain(|route| {
        route.template.starts_with("/manage") || route.template.starts_with("/developers")
    });
    routes
}

/// Where the page is that sets a factor up, and where it leads afterwards.
fn set_up_with(path: &str) -> String {
    let site = path.split('/').nth(1).unwrap();
    let next: String = form_urlencoded::byte_serialize(path.as_bytes()).collect();
    let site = if site == "oauth" { "manage" } else { site };
    format!("/{site}/account/second-factor/required?next={next}")
}

#[track_caller]
fn led_to(answer: &Answer, place: &str) {
    assert_eq!((answer.status, answer.header("location")), (303, Some(place)), "{answer}");
}

#[track_caller]
fn led_to_set_up(answer: &Answer) {
    let to = answer.header("location").unwrap_or_default();
    assert!(answer.status == 303 && to.contains("/account/second-factor/required"), "{answer}");
}

async fn require(server: &Instance, organisation: &Organisation, is_required: bool) {
    let mut tx = server.db.begin().await.unwrap();
    organisation.require_second_factor(&mut tx, is_required).await.unwrap();
    tx.commit().await.unwrap();
}

fn organisations(party: &Party) -> [Organisation; 2] {
    [Organisation::Portal(party.portal.clone()), Organisation::Developer(party.developer.clone())]
}

/// A browser of this person on both sites.
async fn on_both_sites(server: &Instance, email: &str) -> Browser {
    let browser = Browser::new(&server.url);
    for site in ["manage", "developers"] {
        let form = browser.page(&format!("/{site}/login")).await.form();
        let answer = form.with("email", email).with("password", PASSWORD).send(&browser).await;
        assert_eq!(answer.status, 303, "{answer}");
    }
    browser
}

/// Calls each route of the two sites that is not open; all must lead to set a factor up.
async fn walk(browser: &Browser, path: impl Fn(&PageRoute) -> String, open: &[&[&str]]) -> usize {
    let mut led = 0;
    for route in routes() {
        if open.iter().any(|pages| is_below(&route.template, pages)) {
            continue;
        }
        let path = path(&route);
        if route.get {
            led_to(&browser.get(&path).await, &set_up_with(&path));
        }
        if route.post {
            let csrf = browser.csrf(path.split('/').nth(1).unwrap()).await;
            let answer = browser.post(&path, &[("csrf".to_owned(), csrf)]).await;
            led_to_set_up(&answer);
        }
        led += 1;
    }
    led
}

/// Sets an app up on the page that one is led to, and goes on to where it leads.
async fn set_up_and_go_on(browser: &Browser, server: &InProcess, led: &Answer) -> Answer {
    led_to_set_up(led);
    let page = browser.page(led.header("location").unwrap()).await;
    let app = page.links().into_iter().find(|link| link.contains("/second-factor/app")).unwrap();
    let form = browser.page(&app).await.form();
    let code = Authenticator::of(form.field("secret").unwrap(), &server.clock).code();
    // A wrong code does not forget the way.
    let wrong = Page::of(&form.with("code", "000000").send(browser).await);
    let codes = Page::of(&wrong.form().with("code", &code).send(browser).await);
    assert_eq!(codes.block().len(), 10);
    let site = led.header("location").unwrap().split('/').nth(1).unwrap();
    let own = [format!("/{site}/account"), format!("/{site}/logout")];
    let ahead = codes.html.split_once("<pre").unwrap().1;
    let links = Page { html: ahead.to_owned() }.links();
    let on = links.iter().find(|link| !own.iter().any(|own| link.starts_with(own))).unwrap();
    browser.get(on).await
}

/// Somebody without a factor in a portal, with a browser.
async fn colleague(server: &Instance, portal: &Portal, role: Role) -> (AccountId, String, Browser) {
    let (account, email) = server.person("Collega").await;
    server.let_in(&Organisation::Portal(portal.id.clone()), &account, role).await;
    let browser = Browser::logged_in(&server.url, &email).await;
    (account, email, browser)
}

async fn told(server: &Instance, portal: &Portal) -> Vec<String> {
    let sql = "SELECT action AS value FROM audit_events WHERE portal_id = ?1 AND action LIKE '%second_factor%' ORDER BY created_at, id";
    let rows: Vec<Single<String>> = server.db.rows(sql, &[portal.id.to_param()]).await.unwrap();
    rows.into_iter().map(|Single(action)| action).collect()
}

/// How many events tell of what a person did.
async fn deeds(server: &Instance, account: &AccountId) -> i64 {
    let sql = "SELECT count(*) AS value FROM audit_events WHERE account_id = ?1 AND actor_kind = 'person'";
    server.db.row::<Single<i64>>(sql, &[account.to_param()]).await.unwrap().unwrap().0
}

both_engines! {
    async fn every_page_of_a_portal_and_developer_leads_to_set_a_factor_up(engine: Engine) {
        let server = InProcess::start(engine).await;
        let party = Party::new(&server).await;
        let (account, email) = server.person("Iemand").await;
        for organisation in organisations(&party) {
            server.let_in(&organisation, &account, Role::Owner).await;
        }
        let browser = on_both_sites(&server, &email).await;
        assert_eq!(browser.get("/manage/customers").await.status, 200);
        for organisation in organisations(&party) {
            require(&server, &organisation, true).await;
        }
        let led = walk(&browser, |route| party.path(route), &[OPEN, OUTSIDE, DONE]).await;
        assert!(led >= 45, "only {led} routes");
        // Who has one, be it a passkey alone, goes in.
        assert_eq!(party.browser.get("/manage/customers").await.status, 200);
        assert_eq!(party.browser.get("/developers/apps").await.status, 200);
        for organisation in organisations(&party) {
            require(&server, &organisation, false).await;
        }
        assert_eq!(browser.get("/manage/customers").await.status, 200);
    }

    async fn where_the_operator_requires_it_only_the_own_account_is_open(engine: Engine) {
        let flags = |_| vec!["--require-second-factor=yes".to_owned()];
        let server = InProcess::start_with(engine, flags).await;
        let portal = server.portal().await;
        let app = server.app().await;
        let browser = on_both_sites(&server, &portal.owner_email).await;
        let kinds = [
            ("customerId", "cst"), ("customerGroupId", "cug"), ("key", "key"), ("grant", "grt"),
            ("app", "app"), ("appWebhook", "wbh"), ("appDelivery", "dlv"), ("session", "ses"), ("passkey", "psk"), ("sandbox", "prt"), ("portal", "prt"),
            ("colleague", "acc"), ("portalInvitation", "ivt"), ("developerInvitation", "ivt"),
            ("deletedCustomer", "cst"), ("deletedGroup", "cug"), ("deletedPunchCard", "pcd"),
            ("ticketId", "tic"), ("attachmentId", "tma"), ("deletedTicket", "tic"), ("viewOfTickets", "viw"),
            ("appointmentId", "apt"), ("deletedAppointment", "apt"), ("viewOfAppointments", "viw"), ("appointmentType", "aty"), ("closedDay", "cld"),
            ("viewOfCustomers", "viw"), ("viewOfGroups", "viw"), ("viewOfPunchCards", "viw"),
            ("punchCardId", "pcd"), ("issuedPunchCardId", "pcb"), ("webhookId", "wbh"), ("deliveryId", "dlv"),
            ("fileOrDirId", "fsf"), ("customerField", "veld"), ("requestId", "frq"), ("requestLink", "kpf"), ("shareId", "fss"), ("shareLink", "kpf"), ("calendarLink", "kpf"), ("directoryId", "fsd"), ("import", "imp"), ("upload", "fup"),
        ];
        let ids = kinds.into_iter().map(|(kind, prefix)| (kind, missing(&format!("{prefix}_")))).collect();
        let led = walk(&browser, |route| fill(&route.template, &ids), &[OPEN, DONE]).await;
        assert!(led >= 50, "only {led} routes");
        // Also somebody without a portal, and the consent page, which comes before any is chosen.
        let ask = app.ask();
        led_to(&browser.get(&ask.path()).await, &set_up_with(&ask.path()));
        assert_eq!(browser.get("/manage/account").await.status, 200);
        let back = set_up_and_go_on(&browser, &server, &browser.get("/manage/portals/new").await).await;
        assert_eq!(back.status, 200, "{back}");
        Back::of(&ask.form(&browser).await.with("decision", "allow").send(&browser).await).code();
    }

    async fn whoever_sets_one_up_comes_back_to_what_they_asked_for(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, app) = (server.portal().await, server.app().await);
        let device_app = server.device_app(ClientType::Confidential).await;
        require(&server, &Organisation::Portal(portal.id.clone()), true).await;
        let asked = device_app.post("/oauth/device", &device_app.signed(&[("scope", SCOPE)]), &[]).await.expect(200);
        let device = format!("/manage/device?user_code={}", asked["user_code"].as_str().unwrap());
        let ask = app.ask().with("state", "a b&next=/manage");
        let pushing = server.app().await;
        let pushed = pushing.ask_pushed(&pushing.ask()).await;
        for path in ["/manage/customers?search=jansen&page=1", &ask.path(), &pushed.path(), &device] {
            let (_, _, browser) = colleague(&server, &portal, Role::Admin).await;
            let led = browser.get(path).await;
            led_to(&led, &set_up_with(path));
            let page = browser.page(led.header("location").unwrap()).await;
            assert!(page.says("Bakkerij Jansen"), "who requires it: {}", page.html);
            let back = set_up_and_go_on(&browser, &server, &led).await;
            assert_eq!(back.status, 200, "{back}");
            if !path.starts_with("/manage/customers") {
                let form = Page::of(&back).form().with("decision", "allow");
                let decided = form.send(&browser).await;
                let to = decided.header("location").unwrap_or_default();
                assert!(to.contains("code=") || to == "/manage/device/allowed", "{decided}");
            }
            // With one there is nothing to set up.
            led_to(&browser.get(led.header("location").unwrap()).await, path);
        }
    }

    async fn of_several_portals_only_the_one_that_requires_it_is_closed(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, app) = (server.portal().await, server.app().await);
        let free = server.further_portal(&portal, "Zonder").await;
        require(&server, &Organisation::Portal(portal.id.clone()), true).await;
        let browser = on_both_sites(&server, &portal.owner_email).await;
        let page = browser.page(&app.ask().path()).await;
        assert!(page.says("Hiervoor stel je eerst een tweede stap in"), "{}", page.html);
        let decide = async |decision: &str, portal: &str| {
            let form = page.form().with("portal", portal).with("decision", decision);
            form.send(&browser).await
        };
        led_to(&decide("allow", portal.id.as_str()).await, &set_up_with(&app.ask().path()));
        // To refuse an app takes nothing.
        Back::of(&decide("deny", portal.id.as_str()).await).expect_error("access_denied", Some("xyz"));
        Back::of(&decide("allow", free.as_str()).await).code();
        // And one can go on working in the other.
        let choose = browser.page("/manage/portals").await.form();
        led_to_set_up(&browser.get("/manage").await);
        led_to(&choose.clone().with("portal", portal.id.as_str()).send(&browser).await, &set_up_with("/manage/portals"));
        led_to(&choose.with("portal", free.as_str()).send(&browser).await, "/manage");
        assert_eq!(browser.get("/manage").await.status, 200);
    }

    async fn an_owner_requires_it_and_is_not_locked_out(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, owner) = server.portal_and_browser().await;
        let (key, api) = (portal.key().await, server.app().await.connect(&owner).await);
        let (_, _, member) = colleague(&server, &portal, Role::Member).await;
        let (_, _, admin) = colleague(&server, &portal, Role::Admin).await;
        assert_eq!(admin.get(SETTINGS).await.status, 403);
        // Without a factor of one's own there is no button, and no way around it.
        let page = owner.page(SETTINGS).await;
        assert!(page.forms().iter().all(|form| form.action != SETTINGS), "{}", page.html);
        let send = async |value: &str| {
            let fields = [("csrf", owner.csrf("manage").await), ("require", value.to_owned())];
            owner.post(SETTINGS, &fields.map(|(name, value)| (name.to_owned(), value))).await
        };
        assert_eq!(send("yes").await.status, 409);
        assert_eq!(send("perhaps").await.status, 400);
        Authenticator::set_up(&owner, &server.clock).await;
        let page = owner.page(SETTINGS).await;
        assert!(page.says("2 personen hebben nog geen tweede stap"), "{}", page.html);
        assert_eq!(member.get("/manage").await.status, 200);
        let form = page.form_to(SETTINGS).with("require", "yes");
        led_to(&form.send(&owner).await, "/manage/settings/portal");
        led_to(&form.send(&owner).await, "/manage/settings/portal");
        assert_eq!(told(&server, &portal).await, ["portal_second_factor_required"]);
        led_to_set_up(&member.get("/manage").await);
        assert_eq!(owner.get("/manage").await.status, 200);
        // Programs have none.
        key.get("/v1/customers").await.expect(200);
        server.bearer(&api.access).get("/v1/customers").await.expect(200);
        let form = owner.page(SETTINGS).await.form_to(SETTINGS).with("require", "no");
        led_to(&form.send(&owner).await, "/manage/settings/portal");
        assert_eq!(member.get("/manage").await.status, 200);
        assert_eq!(told(&server, &portal).await, ["portal_second_factor_required", "portal_second_factor_optional"]);
    }

    async fn a_developer_requires_it_likewise(engine: Engine) {
        let server = InProcess::start(engine).await;
        let party = Party::new(&server).await;
        let settings = "/developers/settings/second-factor";
        let form = party.browser.page(settings).await.form_to(settings);
        led_to(&form.with("require", "yes").send(&party.browser).await, "/developers/settings");
        assert!(find_developer(&server.db, &party.developer).await.unwrap().requires_second_factor);
        assert!(!find_portal(&server.db, &party.portal).await.unwrap().requires_second_factor);
        let form = party.browser.page(settings).await.form_to(settings);
        led_to(&form.with("require", "no").send(&party.browser).await, "/developers/settings");
        let sql = "SELECT action AS value FROM audit_events WHERE developer_id = ?1 AND action LIKE 'developer_second%' ORDER BY created_at, id";
        let told: Vec<Single<String>> = server.db.rows(sql, &[party.developer.to_param()]).await.unwrap();
        let told: Vec<_> = told.into_iter().map(|Single(action)| action).collect();
        assert_eq!(told, ["developer_second_factor_required", "developer_second_factor_optional"]);
    }

    async fn the_last_factor_stays_where_one_is_required(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let account = server.owner(&portal).await.id;
        let (app, remove_app) = ("/manage/account/second-factor/app", "/manage/account/second-factor/app/remove");
        Authenticator::set_up(&browser, &server.clock).await;
        let form = browser.page(remove_app).await.form_to(remove_app);
        require(&server, &Organisation::Portal(portal.id.clone()), true).await;
        for answer in [browser.get(remove_app).await, form.send(&browser).await] {
            assert_eq!(answer.status, 409, "{answer}");
            assert!(Page::of(&answer).says("Bakkerij Jansen"), "{answer}");
        }
        assert_eq!(browser.get("/manage").await.status, 200);
        // Beside another one it goes; then that one stays.
        Passkey::add(&browser).await;
        let removed = browser.page(remove_app).await.form_to(remove_app).send(&browser).await;
        assert_eq!(removed.status, 303, "{removed}");
        let list = browser.page("/manage/account/passkeys").await;
        let remove = list.links().into_iter().find(|link| link.ends_with("/remove")).unwrap();
        assert_eq!(browser.get(&remove).await.status, 409);
        let csrf = ("csrf".to_owned(), browser.csrf("manage").await);
        assert_eq!(browser.post(&remove, &[csrf]).await.status, 409);
        assert!(Factors::of(&server.db, &account).await.unwrap().any());
        // It is no longer required.
        require(&server, &Organisation::Portal(portal.id.clone()), false).await;
        let gone = browser.page(&remove).await.form_to(&remove).send(&browser).await;
        assert_eq!(gone.status, 303, "{gone}");
        assert_eq!(browser.get(app).await.status, 200);
    }

    async fn the_last_factor_stays_where_the_operator_requires_one(engine: Engine) {
        let flags = |_| vec!["--require-second-factor=yes".to_owned()];
        let server = InProcess::start_with(engine, flags).await;
        let browser = Browser::logged_in(&server.url, &server.portal().await.owner_email).await;
        Authenticator::set_up(&browser, &server.clock).await;
        let remove = "/manage/account/second-factor/app/remove";
        assert_eq!(browser.get(remove).await.status, 409);
        let csrf = ("csrf".to_owned(), browser.csrf("manage").await);
        assert_eq!(browser.post(remove, &[csrf]).await.status, 409);
        assert_eq!(browser.get("/manage").await.status, 200);
    }

    async fn whoever_lacks_one_commits_nothing_after_it_was_required(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, app) = (server.portal().await, server.app().await);
        let (account, _, browser) = colleague(&server, &portal, Role::Owner).await;
        let paths = [
            ("/manage/settings/api-keys/new", &[("name", "te laat"), ("scope", "customers.read")][..]),
            ("/manage/customers/new", &[
                ("companyName", "Te laat"), ("address", "Straat 1"), ("zipCode", "1234 AB"),
                ("city", "Ede"), ("countryCode", "NL"), ("customerType", "business"),
                ("primaryEmail", "laat@example.nl"),
            ]),
            ("/manage/settings/team/invite", &[("email", "laat@example.nl"), ("role", "member")]),
            ("/manage/settings/portal", &[("name", "Te laat")]),
        ];
        let mut forms: Vec<FilledForm> = Vec::new();
        for (path, fields) in paths {
            let opened = browser.page(path).await.forms().into_iter().find(|form| form.action == path);
            let form = opened.unwrap_or_else(|| panic!("no form at {path}"));
            forms.push(fields.iter().fold(form, |form, (name, value)| form.with(name, value)));
        }
        forms.push(app.ask().form(&browser).await.with("decision", "allow"));
        let before = deeds(&server, &account).await;
        let customers = "SELECT count(*) AS value FROM customers WHERE portal_id = ?1";
        // Required, and not yet there to be read.
        let mut tx = server.db.begin().await.unwrap();
        let organisation = Organisation::Portal(portal.id.clone());
        organisation.hold(&mut tx).await.unwrap();
        organisation.require_second_factor(&mut tx, true).await.unwrap();
        let commit = async {
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            tx.commit().await.unwrap();
        };
        let (answers, ()) = join(join_all(forms.iter().map(|form| form.send(&browser))), commit).await;
        for (answer, form) in answers.iter().zip(&forms) {
            led_to_set_up(answer);
            let cookies = answer.headers.get_all("set-cookie").iter();
            let is_told = cookies.into_iter().any(|cookie| cookie.to_str().unwrap().contains("flash.note.second_factor_required"));
            assert!(is_told, "{}: nothing says that nothing was changed: {answer}", form.action);
        }
        assert_eq!(deeds(&server, &account).await, before);
        assert_eq!(server.db.row::<Single<i64>>(customers, &[portal.id.to_param()]).await.unwrap().unwrap().0, 0);
        assert_eq!(find_portal(&server.db, &portal.id).await.unwrap().name, "Bakkerij Jansen");
    }

    async fn an_owner_never_requires_what_they_give_up_at_that_moment(engine: Engine) {
        let server = InProcess::start(engine).await;
        let remove = "/manage/account/second-factor/app/remove";
        for _ in 0..5 {
            let (portal, browser) = server.portal_and_browser().await;
            Authenticator::set_up(&browser, &server.clock).await;
            let switch = browser.page(SETTINGS).await.form_to(SETTINGS).with("require", "yes");
            let give_up = browser.page(remove).await.form_to(remove);
            let (switched, given_up) = join(switch.send(&browser), give_up.send(&browser)).await;
            assert!(matches!((switched.status, given_up.status), (303, 409) | (409, 303)), "{switched} {given_up}");
            let account = Account::by_email(&server.db, &portal.owner_email).await.unwrap().unwrap().id;
            let is_required = find_portal(&server.db, &portal.id).await.unwrap().requires_second_factor;
            assert_eq!(Factors::of(&server.db, &account).await.unwrap().any(), is_required);
        }
    }
}
