//! The permission to write is locked in the transaction that writes: a person who is demoted,
//! removed or logged out during a request changes nothing.

use futures_util::future::{join, join_all};
use jiff::Timestamp;
use klantportaal::accounts::{Account, HeldTeam, Organisation, Role};
use klantportaal::auth::{Line, Password};
use klantportaal::db::{Single, ToParam, Tx};
use klantportaal::ids::AccountId;

use crate::support::pages::Party;
use crate::support::{Answer, Browser, FilledForm, InProcess};

/// Forms that the party may send, filled in so that each would write: a template's path, where its
/// form stands, and its fields.
type Form = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const FORMS: [Form; 13] = [
    ("/manage/settings/api-keys/new", "", &[("name", "te laat"), ("scope", "customers.read")]),
    ("/manage/settings/api-keys/{id}/addresses", "key", &[("addresses", "192.0.2.1")]),
    ("/manage/settings/api-keys/{id}/rotate", "key", &[("overlap", "none")]),
    ("/manage/settings/api-keys/{id}/revoke", "key", &[]),
    ("/manage/settings/connected-apps/{id}/revoke", "grant", &[]),
    ("/manage/settings/team/invite", "", &[("email", "laat@example.nl"), ("role", "member")]),
    ("/manage/settings/team/{id}/remove", "colleague", &[]),
    ("/manage/settings/team/{id}/role", "colleague", &[("role", "admin")]),
    ("/developers/apps/{id}/rotate", "app", &[("overlap", "none")]),
    ("/developers/apps/{id}/delete", "app", &[]),
    ("/developers/sandboxes/{id}/delete", "sandbox", &[]),
    ("/developers/team/invite", "", &[("email", "laat@example.nl"), ("role", "member")]),
    ("/developers/team/{id}/remove", "colleague", &[]),
];

/// All forms of the table, opened by the party.
async fn forms(party: &Party) -> Vec<FilledForm> {
    let mut all = Vec::new();
    for (template, kind, fields) in FORMS {
        let path = template.replace("{id}", party.ids.get(kind).map_or("", String::as_str));
        let opened = party.browser.page(&path).await.forms();
        let form = opened.into_iter().find(|form| form.action == path);
        let form = form.unwrap_or_else(|| panic!("no form at {path}"));
        all.push(fields.iter().fold(form, |form, (name, value)| form.with(name, value)));
    }
    all
}

/// How many events tell of what the party did.
async fn deeds(server: &InProcess, account: &AccountId) -> i64 {
    let sql = "SELECT count(*) AS value FROM audit_events WHERE account_id = ?1 AND actor_kind = 'person'";
    server.db.row::<Single<i64>>(sql, &[account.to_param()]).await.unwrap().unwrap().0
}

/// Sends all at once while `tx` holds what entitles to them, written and not yet there to be read;
/// then lets it be read.
async fn while_it_is_taken_away(browser: &Browser, forms: &[FilledForm], tx: Tx) -> Vec<Answer> {
    let commit = async {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        tx.commit().await.unwrap();
    };
    join(join_all(forms.iter().map(|form| form.send(browser))), commit).await.0
}

/// A party, beside whom there is another owner everywhere.
async fn party(server: &InProcess) -> (Party, AccountId, [Organisation; 2], AccountId) {
    let party = Party::new(server).await;
    // With it the password alone would not do for what is sensitive.
    server.db.execute("DELETE FROM passkeys", &[]).await.unwrap();
    let account = Account::by_email(&server.db, &party.email).await.unwrap().unwrap().id;
    let (other, _) = server.person("Ander").await;
    let organisations = [
        Organisation::Portal(party.portal.clone()),
        Organisation::Developer(party.developer.clone()),
    ];
    for organisation in &organisations {
        server.let_in(organisation, &other, Role::Owner).await;
    }
    (party, account, organisations, other)
}

both_engines! {
    async fn whoever_is_demoted_meanwhile_changes_nothing(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (party, account, organisations, other) = party(&server).await;
        let (forms, before) = (forms(&party).await, deeds(&server, &account).await);
        for (organisation, site) in organisations.iter().zip(["/manage/", "/developers/"]) {
            let own: Vec<FilledForm> =
                forms.iter().filter(|form| form.action.starts_with(site)).cloned().collect();
            let mut team = HeldTeam::hold(server.db.begin().await.unwrap(), organisation, &other).await.unwrap();
            team.set_role(&account, Role::Member).await.unwrap();
            for (answer, form) in while_it_is_taken_away(&party.browser, &own, team.tx).await.iter().zip(&own) {
                assert_eq!(answer.status, 403, "{}: {answer}", form.action);
            }
        }
        assert_eq!(deeds(&server, &account).await, before);
    }

    async fn whoever_is_removed_meanwhile_changes_nothing(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (party, account, organisations, other) = party(&server).await;
        let path = format!("/manage/customers/{}/delete", party.ids["customerId"]);
        let delete = party.browser.page(&path).await.forms().into_iter().find(|form| form.action == path).unwrap();
        let mut team = HeldTeam::hold(server.db.begin().await.unwrap(), &organisations[0], &other).await.unwrap();
        team.remove(&account, Timestamp::now()).await.unwrap();
        let answers = while_it_is_taken_away(&party.browser, &[delete], team.tx).await;
        assert!(matches!(answers[0].status, 303 | 403), "{}", answers[0]);
        let left = "SELECT count(*) AS value FROM customers WHERE id = ?1";
        let id = party.ids["customerId"].to_param();
        assert_eq!(server.db.row::<Single<i64>>(left, &[id]).await.unwrap().unwrap().0, 1);
    }

    async fn whoever_is_logged_out_meanwhile_changes_nothing(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (party, account, _, _) = party(&server).await;
        let mut forms = forms(&party).await;
        let app = server.app().await;
        forms.push(app.ask().form(&party.browser).await.with("decision", "allow"));
        forms.push(app.ask().form(&party.browser).await.with("decision", "deny"));
        let (before, hash) = (deeds(&server, &account).await, Password::typed("een ander wachtwoord".into()).hash(Line::Known).await.unwrap());
        let mut tx = server.db.begin().await.unwrap();
        Account::set_password(&mut tx, &account, &hash).await.unwrap();
        for (answer, form) in while_it_is_taken_away(&party.browser, &forms, tx).await.iter().zip(&forms) {
            let to_log_in = answer.header("location").is_some_and(|location| location.contains("/login"));
            assert!(answer.status == 303 && to_log_in, "{}: {answer}", form.action);
        }
        assert_eq!(deeds(&server, &account).await, before);
    }
}
