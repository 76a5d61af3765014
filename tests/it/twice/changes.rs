//! Two people change the same thing at once: both changes are there afterwards, or the second
//! person is told of the first and decides.

use std::time::Duration;

use jiff::Timestamp;
use klantportaal::accounts::{Account, PendingEmail, Role};
use klantportaal::api_keys::ApiKey;
use klantportaal::clients::App;
use klantportaal::db::Single;

use super::rows::Rows;
use crate::support::pages::Party;
use crate::support::{Answer, Browser, FilledForm, Instance, Page, Server, SigningKey};

type Field = (&'static str, &'static str);

/// A form that changes several things of one: its path, which id is in that, what both people fill
/// in, and what each fills in besides.
type ChangeForm = (&'static str, &'static str, &'static [Field], [Field; 2]);

const FORMS: [ChangeForm; 9] = [
    (
        "/developers/apps/{id}/edit",
        "app",
        &[("name", "Eigen app"), ("redirect_uris", "https://app.example/callback")],
        [("description", "De eerste"), ("website", "https://tweede.example")],
    ),
    (
        "/manage/settings/api-keys/{id}/addresses",
        "key",
        &[],
        [("addresses", "192.0.2.1"), ("addresses", "192.0.2.2")],
    ),
    (
        "/manage/customers/{id}/edit",
        "customerId",
        &[
            ("companyName", "A"),
            ("primaryEmail", "a@example.nl"),
            ("address", "B 1"),
            ("zipCode", "1234 AB"),
            ("countryCode", "NL"),
            ("customerType", "business"),
            ("city", "C"),
        ],
        [("city", "De eerste"), ("city", "De tweede")],
    ),
    (
        "/manage/customer-groups/{id}/rename",
        "customerGroupId",
        &[],
        [("name", "De eerste"), ("name", "De tweede")],
    ),
    (
        "/manage/appointments/{id}/edit",
        "appointmentId",
        &[("startsAt", "2031-07-01T10:00"), ("endsAt", "2031-07-01T11:00")],
        [("name", "De eerste"), ("name", "De tweede")],
    ),
    (
        "/manage/punch-cards/{id}/edit",
        "punchCardId",
        &[("punches", "10"), ("punchLabel", "les")],
        [("name", "De eerste"), ("name", "De tweede")],
    ),
    (
        "/manage/settings/appointments/types/{id}",
        "appointmentType",
        &[("duration", "90"), ("bufferBefore", "15"), ("bufferAfter", "15"), ("notice", "0")],
        [("name", "De eerste"), ("name", "De tweede")],
    ),
    (
        "/manage/settings/customer-fields/{id}",
        "customerField",
        &[],
        [("name", "De eerste"), ("name", "De tweede")],
    ),
    (
        "/manage/files/{id}/rename",
        "fileOrDirId",
        &[],
        [("name", "De eerste"), ("name", "De tweede")],
    ),
];

async fn open(browser: &Browser, path: &str, fields: &[(&str, &str)]) -> FilledForm {
    let forms = browser.page(path).await.forms().into_iter();
    let form = forms.into_iter().find(|form| form.action == path);
    let form = form.unwrap_or_else(|| panic!("no form at {path}"));
    fields.iter().fold(form, |form, (name, value)| form.with(name, value))
}

/// Sends both so that each has read what it reads before the other has written.
async fn at_once(server: &Instance, party: &Party, forms: &[FilledForm; 2]) -> [Answer; 2] {
    let browsers = [Browser::twin(&party.browser), Browser::twin(&party.browser)];
    let held = Rows::of(server).await.hold(server).await;
    let release = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        held.commit().await.unwrap();
    };
    let (one, other, ()) =
        tokio::join!(forms[0].send(&browsers[0]), forms[1].send(&browsers[1]), release);
    [one, other]
}

#[track_caller]
fn assert_saved(answers: &[Answer; 2]) {
    answers.iter().for_each(|answer| assert_eq!(answer.status, 303, "{answer}"));
}

both_engines! {
    async fn of_two_who_change_one_thing_the_second_sees_both_versions(server: &Server) {
        let party = Party::new(server).await;
        for (template, kind, same, own) in FORMS {
            let path = template.replace("{id}", &party.ids[kind]);
            let form = open(&party.browser, &path, same).await;
            let forms = own.map(|(name, value)| form.clone().with(name, value));
            let answers = at_once(server, &party, &forms).await;
            let told = answers.iter().position(|answer| answer.status == 200);
            let told = told.unwrap_or_else(|| panic!("{path}: nobody was told: {} {}", answers[0], answers[1]));
            assert_eq!(answers[1 - told].status, 303, "{path}: {}", answers[1 - told]);
            let page = Page::of(&answers[told]);
            assert!(page.says("Iemand anders heeft dit net gewijzigd"), "{path}: {}", page.html);
            for (_, value) in own {
                assert!(page.says(value), "{path} without {value}: {}", page.html);
            }
            // Who has seen both decides, and overwrites knowingly.
            let mut again = open_again(&page, &path, same);
            again = again.with(own[told].0, own[told].1);
            assert_eq!(again.send(&party.browser).await.status, 303, "{path}");
            assert!(party.browser.page(&path).await.says(own[told].1), "{path}");
        }
    }

    async fn changes_by_different_forms_are_both_there(engine: Engine) {
        // Of its own, as one address asks for so many mails in an hour.
        let server = &Server::start(engine, &[]).await;
        let party = Party::new(server).await;
        let app = format!("/developers/apps/{}", party.ids["app"]);
        let fields = [("name", "Hernoemd"), ("redirect_uris", "https://app.example/callback")];
        let jwks = serde_json::json!({ "keys": [SigningKey::new().jwk()] }).to_string();
        let forms = [
            open(&party.browser, &format!("{app}/edit"), &fields).await,
            open(&party.browser, &format!("{app}/keys"), &[("jwks", &jwks), ("overlap", "none")]).await,
        ];
        assert_saved(&at_once(server, &party, &forms).await);
        let now = App::of_developer(&server.db.reading(), &party.developer, &party.ids["app"].parse().unwrap()).await.unwrap();
        assert_eq!((now.name.as_str(), now.has_keys), ("Hernoemd", true));

        let key = format!("/manage/settings/api-keys/{}", party.ids["key"]);
        let start = "SELECT token_start AS value FROM api_keys";
        let before: Option<Single<String>> = server.db.row(&*format!("{start} WHERE id = '{}'", party.ids["key"]).leak(), &[]).await.unwrap();
        let forms = [
            open(&party.browser, &format!("{key}/addresses"), &[("addresses", "192.0.2.1")]).await,
            open(&party.browser, &format!("{key}/rotate"), &[("overlap", "24h")]).await,
        ];
        let answers = at_once(server, &party, &forms).await;
        assert_eq!([answers[0].status, answers[1].status], [303, 200], "{} {}", answers[0], answers[1]);
        let mut tx = klantportaal::tenant::StoreTx::within(server.db.begin().await.unwrap(), party.portal.clone());
        let now = ApiKey::find_in(&mut tx, &party.ids["key"].parse().unwrap(), Timestamp::now()).await.unwrap();
        drop(tx);
        assert_eq!(now.allowed_addresses.texts(), ["192.0.2.1"]);
        assert_ne!(Some(now.token_start), before.map(|Single(start)| start));

        let email = format!("anders-{:016x}@example.nl", rand::random::<u64>());
        let forms = [
            open(&party.browser, "/manage/account/name", &[("name", "Anders")]).await,
            open(&party.browser, "/manage/account/email", &[("email", &email)]).await,
        ];
        assert_saved(&at_once(server, &party, &forms).await);
        let account = Account::by_email(&server.db.reading(), &party.email).await.unwrap().unwrap();
        let pending = PendingEmail::of(&server.db, &account.id, Timestamp::now()).await.unwrap();
        assert_eq!((account.name.as_str(), pending.map(|pending| pending.email)), ("Anders", Some(email)));
    }

    async fn changes_of_different_fields_of_a_customer_are_both_there(server: &Server) {
        let party = Party::new(server).await;
        let (template, kind, same, _) = FORMS[2];
        let path = template.replace("{id}", &party.ids[kind]);
        let form = open(&party.browser, &path, same).await;
        let forms = [("city", "De eerste"), ("notes", "De tweede")]
            .map(|(name, value)| form.clone().with(name, value));
        assert_saved(&at_once(server, &party, &forms).await);
        let page = party.browser.page(&path).await;
        assert!(page.says("De eerste") && page.says("De tweede"), "{}", page.html);
    }

    async fn roles_that_are_given_at_once_are_both_given(server: &Server) {
        let party = Party::new(server).await;
        let organisation = klantportaal::accounts::Organisation::Portal(party.portal.clone());
        let (second, _) = server.person("Tweede").await;
        server.let_in(&organisation, &second, Role::Member).await;
        let colleague = party.ids["colleague"].clone();
        let mut forms = Vec::new();
        for id in [colleague.as_str(), second.as_str()] {
            let path = format!("/manage/settings/team/{id}/role");
            forms.push(open(&party.browser, &path, &[("role", "admin")]).await);
        }
        assert_saved(&at_once(server, &party, &[forms[0].clone(), forms[1].clone()]).await);
        for id in [colleague.parse().unwrap(), second] {
            let member = klantportaal::accounts::TeamMember::find(&server.db, &organisation, &id).await.unwrap();
            assert_eq!(member.role, Role::Admin);
        }
    }
}

/// The form that a page of two versions shows.
fn open_again(page: &Page, path: &str, same: &[Field]) -> FilledForm {
    let form = page.forms().into_iter().find(|form| form.action == path).unwrap();
    same.iter().fold(form, |form, (name, value)| form.with(name, value))
}
