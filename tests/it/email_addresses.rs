//! E-mail addresses at internationalised domains, and those accepted by an earlier version.

use klantportaal::accounts::unify_addresses;
use klantportaal::db::{Single, ToParam};
use serde_json::json;

use crate::customers::fields;
use crate::support::{Browser, Instance, PASSWORD, Server};

/// Names and domains that no other test has: both notations of one address.
fn address() -> (String, String) {
    let name = format!("info-{:016x}", rand::random::<u64>());
    (format!("{name}@bäckerei.example"), format!("{name}@xn--bckerei-5wa.example"))
}

async fn register(server: &Server, email: &str) {
    let browser = Browser::new(&server.url);
    let form = browser.page("/manage/register").await.form();
    let form = form.with("organisation", "Bäckerei").with("name", "Jan").with("email", email);
    let answer = form.with("password", PASSWORD).send(&browser).await;
    assert!(answer.status == 200 && !answer.text().contains("field-email-error"), "{answer}");
}

/// Where a log-in leads.
async fn log_in(server: &Instance, email: &str) -> Option<String> {
    let browser = Browser::new(&server.url);
    browser.log_in(email, PASSWORD).await.header("location").map(str::to_owned)
}

both_engines! {
    async fn both_notations_of_a_domain_are_one_account(server: &Server) {
        let (own, network) = address();
        register(server, &own.to_uppercase()).await;
        let mailbox = server.mailbox(&own);
        let link = mailbox.link(1).await;
        // Whoever has the address is told so, in whichever notation somebody tries it again.
        register(server, &network).await;
        assert!(mailbox.wait_for(2).await.contains("al een account"));
        let browser = Browser::new(&server.url);
        browser.page(&link).await.form().with("password", PASSWORD).send(&browser).await;
        for email in [&own, &network, &network.to_uppercase()] {
            assert_eq!(log_in(server, email).await.as_deref(), Some("/manage"), "{email}");
        }
        // It is shown as it is typed.
        browser.log_in(&network, PASSWORD).await;
        let page = browser.page("/manage/account").await;
        assert!(page.says(&own) && !page.says("xn--"), "{}", page.html);
        for email in [&own, &network] {
            let listed = server.cli(&["account", "list", "--email", email]).json();
            assert_eq!(listed[0]["email"], json!(own), "{email}: {listed}");
        }
    }

    async fn an_invitation_finds_the_account_in_either_notation(server: &Server) {
        let (own, network) = address();
        register(server, &network).await;
        let browser = Browser::new(&server.url);
        browser.page(&server.mailbox(&own).link(1).await).await.form().with("password", PASSWORD).send(&browser).await;
        let (_, owner) = server.portal_and_browser().await;
        let form = owner.page("/manage/settings/team/invite").await.form().with("email", &network).with("role", "member");
        assert_eq!(form.send(&owner).await.status, 303);
        assert!(owner.page("/manage/settings/team").await.says(&own));
        let link = server.mailbox(&own).link(2).await;
        browser.log_in(&own, PASSWORD).await;
        assert_eq!(browser.page(&link).await.form().send(&browser).await.status, 303);
        assert!(owner.page("/manage/settings/team").await.says(&own));
    }

    async fn whoever_registered_with_an_address_that_is_refused_today_still_logs_in(server: &Server) {
        for email in [format!("a{:016x}@localhost", rand::random::<u64>()), format!("\"a {:016x}\"@b.nl", rand::random::<u64>())] {
            let (_, usual) = server.person("Oud").await;
            server.db.execute("UPDATE accounts SET email = ?1 WHERE email = ?2", &[email.to_param(), usual.to_param()]).await.unwrap();
            assert_eq!(log_in(server, &email).await.as_deref(), Some("/manage"), "{email}");
            let browser = Browser::new(&server.url);
            browser.page("/manage/forgot-password").await.form().with("email", &email).send(&browser).await;
            assert!(server.mailbox(&email).wait_for(1).await.contains("reset-password"), "{email}");
            let form = browser.page("/manage/register").await.form().with("email", &email);
            assert!(form.send(&browser).await.text().contains("field-email-error"), "{email}");
        }
    }

    async fn an_account_of_an_earlier_version_is_found_in_either_notation(server: &Server) {
        let (own, network) = address();
        let (_, usual) = server.person("Oud").await;
        let rename = "UPDATE accounts SET email = ?1 WHERE email = ?2";
        server.db.execute(rename, &[network.to_param(), usual.to_param()]).await.unwrap();
        // One whose other notation somebody registered meanwhile stays as it is.
        let (taken, in_the_way) = address();
        for email in [&taken, &in_the_way] {
            let (_, usual) = server.person("Dubbel").await;
            server.db.execute(rename, &[email.to_param(), usual.to_param()]).await.unwrap();
        }
        for _ in 0..2 {
            unify_addresses(&server.db).await.unwrap();
        }
        for email in [&own, &network] {
            assert_eq!(log_in(server, email).await.as_deref(), Some("/manage"), "{email}");
        }
        let count = "SELECT COUNT(*) AS value FROM accounts WHERE email = ?1";
        for email in [&own, &taken, &in_the_way] {
            let Single(found) = server.db.row::<Single<i64>>(count, &[email.to_param()]).await.unwrap().unwrap();
            assert_eq!(found, 1, "{email}");
        }
    }

    async fn a_customer_has_an_address_at_any_public_domain(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let create = async |email: &str| {
            let mut body = fields("Jansen");
            body["primaryEmail"] = json!(email);
            key.post("/v1/customers", body).await
        };
        for (sent, kept) in [
            ("Info@Bäckerei.Example", "Info@bäckerei.example"),
            ("Info@xn--bckerei-5wa.example", "Info@bäckerei.example"),
            ("Jan.Jansen@Example.NL", "Jan.Jansen@Example.NL"),
        ] {
            let made = create(sent).await.expect(200);
            assert_eq!(made["primaryEmail"], json!(kept), "{sent}");
        }
        for wrong in ["a@localhost", "\"a b\"@b.nl", "a@b", "a@127.0.0.1", "bäcker@example.nl", "a@b..nl"] {
            let errors = create(wrong).await.expect(422);
            assert!(errors["errors"]["primaryEmail"].is_array(), "{wrong}: {errors}");
        }
        // An earlier version kept the notation that was sent; the form warns of either.
        let rename = "UPDATE customers SET primary_email = 'info@xn--bckerei-5wa.example' WHERE portal_id = ?1 AND primary_email LIKE 'Info@%'";
        assert_eq!(server.db.execute(rename, &[portal.id.to_param()]).await.unwrap(), 2);
        let form = browser.page("/manage/customers/new").await.form();
        let filled = fields("Heel anders").as_object().unwrap().clone().into_iter().fold(form, |form, (name, value)| {
            form.with(&name, value.as_str().unwrap_or_default())
        });
        let answer = filled.with("primaryEmail", "info@bäckerei.example").send(&browser).await;
        assert!(answer.status == 200 && answer.text().contains("xn--bckerei-5wa"), "{answer}");
    }
}
