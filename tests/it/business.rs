//! Settings → Business: what a business says about itself, and what follows from it.

use futures_util::future::join;
use klantportaal::accounts::{Organisation, Role};
use klantportaal::db::{Single, ToParam};
use serde_json::json;

use crate::customers::fields;
use crate::support::{Answer, Browser, FilledForm, Page};

const PATH: &str = "/manage/settings/business";

/// The smallest PNG that shows its size: 8 by 8 pixels.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x08\0\0\0\x08\x08\x06\0\0\0";

async fn form(browser: &Browser) -> FilledForm {
    browser.page(PATH).await.form()
}

/// The form with a text, as a browser sends all of them.
async fn with_text(browser: &Browser) -> FilledForm {
    form(browser).await.with("legalName", "Bakkerij Jansen B.V.")
}

/// Sends a form with a logo.
async fn send_logo(browser: &Browser, form: &FilledForm, logo: &[u8]) -> Answer {
    let mut body = Vec::new();
    for (name, value) in &form.fields {
        let part = format!(
            "--grens\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
        body.extend_from_slice(part.as_bytes());
    }
    body.extend_from_slice(
        b"--grens\r\nContent-Disposition: form-data; name=\"logo\"; filename=\"logo.png\"\r\n\r\n",
    );
    body.extend_from_slice(logo);
    body.extend_from_slice(b"\r\n--grens--\r\n");
    browser.post_raw(PATH, "multipart/form-data; boundary=grens", body, &[]).await
}

#[track_caller]
fn saved(answer: &Answer) {
    assert_eq!((answer.status, answer.header("location")), (303, Some(PATH)), "{answer}");
}

/// The address of the logo on a page.
fn logo_of(page: &Page) -> Option<String> {
    let (_, rest) = page.html.split_once("<img class=\"owner-logo\" src=\"")?;
    Some(rest.split('"').next().unwrap().to_owned())
}

both_engines! {
    async fn what_is_entered_is_checked_and_kept_in_one_notation(server: &Server) {
        let (portal, owner) = server.portal_and_browser().await;
        let filled = [
            ("legalName", "Bakkerij Jansen B.V."),
            ("address", "Kade 1"),
            ("zipCode", "6711aa"),
            ("city", "Ede"),
            ("countryCode", "NL"),
            ("kvkNumber", "1234 5678"),
            ("vatNumber", "nl 1234.56.782.b12"),
            ("iban", "nl91abna0417164300"),
            ("color", "0B6B7A"),
            ("language", "en"),
            ("senderName", "Team  Jansen"),
            ("timeZone", "America/Curacao"),
        ];
        let all = filled.iter().fold(form(&owner).await, |form, (name, value)| form.with(name, value));
        saved(&all.send(&owner).await);
        let page = owner.page(PATH).await;
        for shown in ["6711 AA", "12345678", "NL123456782B12", "NL91 ABNA 0417 1643 00", "#0b6b7a", "Team Jansen"] {
            assert!(page.says(&format!("value=\"{shown}\"")), "{shown} in {}", page.html);
        }
        assert!(page.says("<option value=\"America/Curacao\" selected>") && page.says("<option value=\"en\" selected>"));
        let told = "SELECT subject AS value FROM audit_events WHERE portal_id = ?1 AND action = 'portal_settings_changed'";
        let told: Vec<Single<String>> = server.db.rows(told, &[portal.id.to_param()]).await.unwrap();
        let [Single(told)] = told.as_slice() else { panic!("{} events", told.len()) };
        assert_eq!(told, "legalName, address, zipCode, city, countryCode, kvkNumber, vatNumber, iban, color, language, senderName, timeZone");
        // The same once more is no change.
        saved(&form(&owner).await.with("iban", "NL91ABNA0417164300").with("color", "#0b6b7a").send(&owner).await);
        let count = "SELECT COUNT(*) AS value FROM audit_events WHERE portal_id = ?1 AND action = 'portal_settings_changed'";
        let count: Option<Single<i64>> = server.db.row(count, &[portal.id.to_param()]).await.unwrap();
        assert_eq!(count.unwrap().0, 1);
    }

    async fn what_is_wrong_is_told_beside_its_field_and_nothing_is_saved(server: &Server) {
        let (_, owner) = server.portal_and_browser().await;
        for (field, wrong) in [
            ("kvkNumber", "1234567"),
            ("vatNumber", "NL123456789B01"),
            ("iban", "NL91ABNA0417164301"),
            ("color", "teal"),
            ("timeZone", "Europe/Ede"),
            ("language", "fr"),
            ("countryCode", "XX"),
            ("zipCode", "67AA11"),
            ("senderName", "a\u{202e}b"),
            ("legalName", "\u{200b}"),
        ] {
            let answer = form(&owner).await.with("city", "Ede").with(field, wrong).send(&owner).await;
            let page = Page::of(&answer);
            assert!(page.says(&format!("<a href=\"#field-{field}\">")), "{field} in {answer}");
        }
        assert!(!owner.page(PATH).await.says("value=\"Ede\""), "nothing was saved");
    }

    async fn only_owners_and_admins_change_it(server: &Server) {
        let (portal, owner) = server.portal_and_browser().await;
        for (role, expected) in [(Role::Admin, 303), (Role::Member, 403)] {
            let (account, email) = server.person("Iemand").await;
            server.let_in(&Organisation::Portal(portal.id.clone()), &account, role).await;
            let browser = Browser::logged_in(&server.url, &email).await;
            let csrf = browser.csrf("manage").await;
            let answer = if role == Role::Admin {
                form(&browser).await.with("city", "Oss").send(&browser).await
            } else {
                assert_eq!(browser.get(PATH).await.status, 403);
                browser.post(PATH, &[("csrf".to_owned(), csrf), ("city".to_owned(), "Epe".to_owned())]).await
            };
            assert_eq!(answer.status, expected, "{answer}");
        }
        assert!(owner.page(PATH).await.says("value=\"Oss\""));
    }

    async fn a_light_colour_is_darkened_and_all_pages_have_it(server: &Server) {
        let (portal, owner) = server.portal_and_browser().await;
        let key = portal.key().await;
        assert!(!owner.page("/manage").await.says("/assets/colors/"));
        let answer = form(&owner).await.with("color", "#ffdd00").send(&owner).await;
        saved(&answer);
        assert!(owner.page(PATH).await.says("De kleur is donkerder gemaakt"));
        let shown = key.get("/v1/portal").await.expect(200);
        let color = shown["color"].as_str().unwrap().trim_start_matches('#').to_owned();
        assert_ne!(color, "ffdd00");
        let sheet = format!("/assets/colors/{color}.css");
        assert!(owner.page("/manage/customers").await.says(&format!("<link rel=\"stylesheet\" href=\"{sheet}\">")));
        let answer = owner.get(&sheet).await;
        assert!(answer.status == 200 && answer.text().contains(&format!("--accent: #{color};")), "{answer}");
        // And a person who gives an app access sees whose portal it is.
        let app = server.app().await;
        let consent = app.ask().page(&owner).await;
        assert!(consent.says(&sheet), "{}", consent.html);
        saved(&form(&owner).await.with("color", "").send(&owner).await);
        assert!(!owner.page("/manage").await.says("/assets/colors/"));
    }

    async fn a_logo_is_seen_by_the_portals_own_people_only(server: &Server) {
        let (_, owner) = server.portal_and_browser().await;
        let (_, stranger) = server.portal_and_browser().await;
        assert!(logo_of(&owner.page("/manage").await).is_none());
        saved(&send_logo(&owner, &with_text(&owner).await, PNG).await);
        let logo = logo_of(&owner.page("/manage/customers").await).unwrap();
        let answer = owner.get(&logo).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("image/png")), "{answer}");
        assert!(answer.header("cache-control").unwrap().starts_with("private"));
        assert_eq!(stranger.get(&logo).await.status, 404);
        assert_eq!(Browser::new(&server.url).get(&logo).await.status, 303);
        // Another one has another address.
        let other = [&PNG[..18], &[0, 9], &PNG[20..]].concat();
        saved(&send_logo(&owner, &with_text(&owner).await, &other).await);
        assert_ne!(logo_of(&owner.page("/manage").await).unwrap(), logo);
        for (wrong, text) in [(&b"<svg/>"[..], "geen PNG"), (&[0; 300_000][..], "te groot")] {
            let page = Page::of(&send_logo(&owner, &with_text(&owner).await, wrong).await);
            assert!(page.says(text) && page.says("#field-logo"), "{}", page.html);
        }
        // A form with another error asks for the logo again.
        let page = Page::of(&send_logo(&owner, &with_text(&owner).await.with("iban", "x"), PNG).await);
        assert!(page.says("#field-iban") && page.says("Kies het logo opnieuw"), "{}", page.html);
        saved(&with_text(&owner).await.with("remove_logo", "1").send(&owner).await);
        assert!(logo_of(&owner.page("/manage").await).is_none());
        assert_eq!(owner.get(&logo).await.status, 404);
    }

    async fn the_zone_holds_for_tokens_at_once_and_the_language_for_invitations(server: &Server) {
        let (portal, owner) = server.portal_and_browser().await;
        let key = portal.key().await;
        let made = key.post("/v1/customers", fields("Jansen")).await.expect(200);
        assert!(!made["createdAt"].as_str().unwrap().ends_with("-04:00"), "{made}");
        saved(&form(&owner).await.with("timeZone", "America/Curacao").with("language", "en").send(&owner).await);
        let path = format!("/v1/customers/{}", made["id"].as_str().unwrap());
        assert!(key.get(&path).await.expect(200)["createdAt"].as_str().unwrap().ends_with("-04:00"));
        let shown = key.get("/v1/portal").await.expect(200);
        assert_eq!((&shown["timeZone"], &shown["language"]), (&json!("America/Curacao"), &json!("en")));
        let email = format!("nieuw-{:016x}@example.nl", rand::random::<u64>());
        let invite = owner.page("/manage/settings/team/invite").await.form();
        assert_eq!(invite.with("email", &email).with("role", "member").send(&owner).await.status, 303);
        let mail = server.mailbox(&email).wait_for(1).await;
        assert!(mail.contains("invite") && !mail.contains("nodigt"), "{mail}");
    }

    async fn mails_to_its_own_people_are_sent_in_the_chosen_name(server: &Server) {
        let (portal, owner) = server.portal_and_browser().await;
        saved(&form(&owner).await.with("senderName", "Team van de Kade").send(&owner).await);
        let delete = owner.page("/manage/settings/portal/delete").await.form();
        assert_eq!(delete.with("name", "Bakkerij Jansen").send(&owner).await.status, 303);
        let mails = server.mailbox(&portal.owner_email);
        let mail = mails.wait_for(1).await;
        assert!(mail.contains("Team van de Kade"), "{mail}");
    }

    async fn of_two_who_change_it_the_second_keeps_the_others_fields_or_chooses(server: &Server) {
        let (_, owner) = server.portal_and_browser().await;
        let (first, second, third) = (form(&owner).await, form(&owner).await, form(&owner).await);
        saved(&first.with("city", "Oss").send(&owner).await);
        saved(&second.with("iban", "NL91ABNA0417164300").send(&owner).await);
        let page = owner.page(PATH).await;
        assert!(page.says("value=\"Oss\"") && page.says("NL91 ABNA 0417 1643 00"), "{}", page.html);
        let page = Page::of(&third.with("city", "Epe").send(&owner).await);
        assert!(page.says("Iemand anders heeft dit net gewijzigd") && page.says("Oss") && page.says("Epe"), "{}", page.html);
        assert!(owner.page(PATH).await.says("value=\"Oss\""), "nothing was overwritten");
        saved(&page.form().with("city", "Epe").send(&owner).await);
        // At the same moment.
        let (one, other) = (form(&owner).await.with("address", "Kade 1"), form(&owner).await.with("legalName", "Jansen B.V."));
        let (one, other) = join(one.send(&owner), other.send(&owner)).await;
        saved(&one);
        saved(&other);
        let page = owner.page(PATH).await;
        assert!(page.says("value=\"Kade 1\"") && page.says("value=\"Jansen B.V.\"") && page.says("value=\"Epe\""), "{}", page.html);
    }
}
