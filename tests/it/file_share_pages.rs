//! The pages of file shares: sharing, the public page, its password and downloads.

use futures_util::future::join_all;
use jiff::SignedDuration;
use klantportaal::db::{Single, ToParam};
use reqwest::Method;
use serde_json::{Value, json};

use crate::customers::fields;
use crate::file_shares::{file, id, public, share};
use crate::support::{Answer, Browser, FilledForm, InProcess, Instance, Key};

const LIST: &str = "/manage/file-shares";
const PASSWORD: &str = "paard-en-wagen";

/// Sends a form; the path that it leads to.
async fn sent(browser: &Browser, form: FilledForm) -> String {
    let answer = form.send(browser).await;
    assert_eq!(answer.status, 303, "{answer}");
    answer.header("location").unwrap().to_owned()
}

async fn shown(key: &Key, page: &str) -> Value {
    key.get(&page.replace("/manage", "/v1")).await.expect(200)
}

/// The form that downloads the file with this id.
async fn download(guest: &Browser, page: &str, file: &str) -> FilledForm {
    let forms = guest.page(page).await.forms().into_iter();
    let mut own = forms.filter(|form| form.field("file") == Some(file));
    own.next().unwrap_or_else(|| panic!("{file} is not on {page}"))
}

/// What a link to a file answers, with these headers.
async fn open(server: &Instance, link: &str, headers: &[(&str, &str)]) -> Answer {
    let request = server.nobody().request(Method::GET, link);
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    Answer::to(request).await
}

async fn actions(server: &Instance, portal: &str) -> Vec<String> {
    let sql = "SELECT action AS value FROM audit_events
         WHERE portal_id = ?1 AND action LIKE 'file_share%' ORDER BY created_at, id";
    let rows: Vec<Single<String>> = server.db.rows(sql, &[portal.to_param()]).await.unwrap();
    rows.into_iter().map(|Single(action)| action).collect()
}

/// What tells a visitor that a link doesn't work, without the link itself and the request's id.
fn told(answer: &Answer, link: &str) -> (u16, String) {
    let path = link.trim_start_matches('/');
    (answer.status, answer.text().replace(path, "").replace(&path.replace('/', "%2F"), ""))
}

both_engines! {
    async fn files_are_shared_on_pages_opened_by_the_link_and_stopped(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let (one, two) = (file(&key, "Offerte.pdf", "%PDF-1.7 een").await, file(&key, "b.txt", "twee").await);
        let empty = browser.page(&format!("{LIST}/new")).await.form_to("/new").send_to_page(&browser).await;
        assert!(empty.says("Kies minstens één bestand of map."), "{}", empty.html);
        let form = browser.page(&format!("{LIST}/new")).await.form_to("/new").with("content", &one).with("name", "Voor u");
        let page = sent(&browser, form.clone()).await;
        assert_eq!(sent(&browser, form).await, page, "a form that is sent twice makes one");
        let made = shown(&key, &page).await;
        let link = public(&made);
        assert!(browser.page(&page).await.html.contains(made["links"]["publicShare"]["href"].as_str().unwrap()));
        assert!(browser.page(LIST).await.says("Voor u"));

        let guest = Browser::new(&server.url);
        let shown_page = guest.get(&link).await;
        for (name, value) in [("x-robots-tag", "noindex, nofollow"), ("referrer-policy", "no-referrer"), ("cache-control", "no-store")] {
            assert_eq!(shown_page.header(name), Some(value), "{shown_page}");
        }
        assert!(shown_page.header("content-security-policy").unwrap().starts_with("default-src 'none'"), "{shown_page}");
        assert!(shown_page.text().contains("Voor u") && !shown_page.text().contains("b.txt"), "{shown_page}");
        let form = download(&guest, &link, &one).await;
        let to = sent(&guest, form.clone()).await;
        let whole = open(server, &to, &[]).await;
        assert_eq!((whole.status, whole.text()), (200, "%PDF-1.7 een".into()), "{whole}");
        assert!(whole.header("content-disposition").unwrap().starts_with("attachment"), "{whole}");
        assert_eq!(whole.header("x-content-type-options"), Some("nosniff"));
        let part = open(server, &to, &[("range", "bytes=5-7")]).await;
        assert_eq!((part.status, part.text()), (206, "1.7".into()), "{part}");
        assert_eq!(shown(&key, &page).await["downloads"], 1, "opening pages and links counts nothing");
        let other = FilledForm { fields: form.fields.iter().map(|(name, value)| (name.clone(), if name == "file" { two.clone() } else { value.clone() })).collect(), ..form.clone() };
        assert_eq!(other.send(&guest).await.status, 404, "only what is shared");
        // Several at once are all counted, and told once.
        let more = join_all((0..4).map(|_| form.send(&guest))).await;
        assert!(more.iter().all(|answer| answer.status == 303));
        let counted = shown(&key, &page).await;
        assert_eq!(counted["downloads"], 5);
        assert!(browser.page(&page).await.says("5"));

        let delete = browser.page(&format!("{page}/delete")).await.form_to("/delete");
        assert_eq!(sent(&browser, delete).await, LIST);
        assert_eq!(guest.get(&link).await.status, 404);
        assert_eq!(form.send(&guest).await.status, 404);
        assert_eq!(actions(server, portal.id.as_str()).await, ["file_share_created", "file_share_downloaded", "file_share_deleted"]);
    }

    async fn the_first_download_is_told_once_to_whom_wants_to_know(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let one = file(&key, "Offerte.pdf", "%PDF-1.7 een").await;
        let form = browser.page(&format!("{LIST}/new")).await.form_to("/new").with("content", &one);
        let quiet = sent(&browser, form.clone()).await;
        let told = browser.page(&format!("{LIST}/new")).await.form_to("/new").with("content", &one).with("name", "Voor u").with("tell", "true");
        let told = sent(&browser, told).await;
        for (page, who) in [(&told, "Eigenaar"), (&quiet, "Nee")] {
            let shown = browser.page(page).await;
            let fact = shown.html.split("E-mail bij de eerste download").nth(1).unwrap().split("</dd>").next().unwrap();
            assert!(fact.contains(who), "{fact}");
        }
        let links = [public(&shown(&key, &quiet).await), public(&shown(&key, &told).await)];
        let guest = Browser::new(&server.url);
        // Neither opening the page nor a share without the tick writes a mail.
        sent(&guest, download(&guest, &links[0], &one).await).await;
        let form = download(&guest, &links[1], &one).await;
        server.queue_is_empty().await;
        assert_eq!(server.mailbox(&portal.owner_email).texts().len(), 0);
        // Of several at once, one is the first.
        for answer in join_all((0..4).map(|_| form.send(&guest))).await {
            assert_eq!(answer.status, 303, "{answer}");
        }
        assert_eq!(form.send(&guest).await.status, 303);
        let mail = server.mailbox(&portal.owner_email).wait_for(1).await;
        server.queue_is_empty().await;
        assert_eq!(server.mailbox(&portal.owner_email).texts().len(), 1);
        assert!(mail.contains("Voor u") && mail.contains("voor het eerst") && mail.contains("for the first time"), "{mail}");
        assert!(mail.contains(&format!("{}{told}", server.url)) && !mail.contains(&links[1]), "the public link is a secret: {mail}");
        assert_eq!(shown(&key, &told).await["downloads"], 5);
    }

    async fn nobody_is_told_who_left(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let one = file(&key, "Offerte.pdf", "%PDF-1.7 een").await;
        let form = browser.page(&format!("{LIST}/new")).await.form_to("/new").with("content", &one).with("tell", "true");
        let page = sent(&browser, form).await;
        let guest = Browser::new(&server.url);
        let form = download(&guest, &public(&shown(&key, &page).await), &one).await;
        let leave = "DELETE FROM portal_members WHERE portal_id = ?1";
        server.db.execute(leave, &[portal.id.to_param()]).await.unwrap();
        sent(&guest, form).await;
        server.queue_is_empty().await;
        assert_eq!(server.mailbox(&portal.owner_email).texts().len(), 0);
    }

    async fn a_directory_is_shared_from_its_page_with_what_is_in_it(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let outer = key.post("/v1/files", json!({ "name": "Bouw" })).await.expect(200);
        let inner = key.post(&format!("/v1/files?directory={}", id(&outer)), json!({ "name": "Foto's" })).await.expect(200);
        let deep = key.upload(&format!("/v1/files?directory={}", id(&inner)), "gevel.txt", "foto", &[]).await.expect(200);
        let path = format!("{LIST}/of/{}", id(&outer));
        assert!(browser.page(&format!("/manage/files/directories/{}", id(&outer))).await.html.contains(&path));
        let page = sent(&browser, browser.page(&path).await.form_to(&path)).await;
        let made = shown(&key, &page).await;
        assert_eq!(made["name"], "Bouw");
        let (guest, link) = (Browser::new(&server.url), public(&made));
        let listed = guest.page(&link).await;
        assert!(listed.says("Bouw/Foto's/gevel.txt"), "{}", listed.html);
        let later = key.upload(&format!("/v1/files?directory={}", id(&outer)), "later.txt", "ook", &[]).await.expect(200);
        for (file, content) in [(&deep, "foto"), (&later, "ook")] {
            let to = sent(&guest, download(&guest, &link, id(file)).await).await;
            assert_eq!(open(server, &to, &[]).await.text(), content);
        }
        assert_eq!(deep["fileShareId"], Value::Null);
        // From a customer's page.
        let customer = key.post("/v1/customers", fields("Bakkerij")).await.expect(200);
        let path = format!("{LIST}/with/{}", id(&customer));
        assert!(browser.page(&format!("/manage/customers/{}", id(&customer))).await.html.contains(&path));
        let page = sent(&browser, browser.page(&path).await.form_to(&path).with("content", id(&later))).await;
        assert_eq!(shown(&key, &page).await["sharedWithCustomerId"], customer["id"]);
        assert!(browser.page(&format!("/manage/customers/{}", id(&customer))).await.html.contains(&page));
    }

    async fn a_password_is_entered_before_anything_is_seen(server: &Server) {
        let key = server.portal().await.key().await;
        let one = file(&key, "Geheim.pdf", "een").await;
        let made = share(&key, json!({ "content": [one], "password": PASSWORD })).await;
        let (guest, link) = (Browser::new(&server.url), public(&made));
        let asked = guest.page(&link).await;
        assert!(!asked.says("Geheim.pdf") && asked.says("Vul het wachtwoord in"), "{}", asked.html);
        let form = asked.form_to("/password");
        let wrong = form.clone().with("password", "Paard-en-wagen").send_to_page(&guest).await;
        assert!(wrong.says("Dit is niet het wachtwoord") && wrong.html.contains("role=\"alert\""), "{}", wrong.html);
        assert!(!wrong.html.contains("Paard-en-wagen"), "what was typed is not shown again");
        let csrf = form.field("csrf").unwrap().to_owned();
        let direct = guest.post(&format!("{link}/download"), &[("csrf".into(), csrf), ("file".into(), one.clone())]).await;
        assert_eq!(direct.header("location"), Some(link.as_str()), "no way around it: {direct}");
        assert_eq!(sent(&guest, form.with("password", PASSWORD)).await, link);
        assert!(guest.page(&link).await.says("Geheim.pdf"));
        sent(&guest, download(&guest, &link, &one).await).await;
        // The pass is of this browser and of this share.
        assert!(!Browser::new(&server.url).page(&link).await.says("Geheim.pdf"));
        let other = share(&key, json!({ "content": [one], "password": PASSWORD })).await;
        assert!(!guest.page(&public(&other)).await.says("Geheim.pdf"));
    }

    async fn dead_and_unknown_links_look_the_same_in_both_languages(server: &Server) {
        let key = server.portal().await.key().await;
        let one = file(&key, "a.txt", "een").await;
        let made = share(&key, json!({ "content": [one] })).await;
        let link = public(&made);
        key.delete(&format!("/v1/file-shares/{}", id(&made))).await.expect_nothing();
        let unknown = format!("/shares/{}", klantportaal::auth::Token::random(klantportaal::auth::TokenKind::PublicLink).reveal());
        let key_as_link = format!("/shares/{}", key.token);
        let guest = Browser::new(&server.url);
        let dead = told(&guest.get(&link).await, &link);
        assert_eq!(dead.0, 404);
        assert!(dead.1.contains("Vraag anders een nieuwe link"), "{}", dead.1);
        for other in [unknown.as_str(), key_as_link.as_str(), "/shares/x"] {
            assert_eq!(told(&guest.get(other).await, other), dead, "{other}");
        }
        guest.get("/language/en").await;
        assert!(guest.get(&link).await.text().contains("ask whoever sent it for a new one"));
    }

    async fn guessing_is_slowed_for_each_address_and_each_share(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let key = server.portal().await.key().await;
        let one = file(&key, "a.txt", "een").await;
        let made = share(&key, json!({ "content": [one], "password": PASSWORD })).await;
        let (guest, link) = (Browser::new(&server.url), public(&made));
        let form = guest.page(&link).await.form_to("/password");
        for _ in 0..20 {
            form.clone().with("password", "fout-fout").send(&guest).await;
        }
        let waits = form.clone().with("password", PASSWORD).send(&guest).await;
        assert_eq!(waits.status, 429, "{waits}");
        assert!(!guest.page(&link).await.says("a.txt"), "also the right one has to wait");
        server.clock.advance(SignedDuration::from_mins(10));
        assert_eq!(sent(&guest, form.with("password", PASSWORD)).await, link);

        for number in 0..60 {
            assert_eq!(guest.get(&format!("/shares/{number}")).await.status, 404);
        }
        assert_eq!(guest.get("/shares/x").await.status, 429);
        assert_eq!(guest.get(&link).await.status, 429, "whoever guesses can't tell which works");
        server.clock.advance(SignedDuration::from_mins(10));
        assert_eq!(guest.get(&link).await.status, 200);
    }

    async fn a_lost_encryption_key_gives_links_new_addresses(engine: Engine) {
        let server = InProcess::start(engine).await;
        let key = server.portal().await.key().await;
        let one = file(&key, "a.txt", "een").await;
        let link = public(&share(&key, json!({ "content": [one] })).await);
        let secret = link.rsplit('/').next().unwrap();
        let stored: Vec<Single<Vec<u8>>> = server.db.rows("SELECT secret AS value FROM public_links", &[]).await.unwrap();
        assert!(!stored[0].0.windows(8).any(|part| secret.as_bytes().starts_with(part)), "it is sealed");
        let mut tx = server.db.begin().await.unwrap();
        assert_eq!(klantportaal::public_links::PublicLink::give_up_all(&mut tx).await.unwrap(), 1);
        klantportaal::public_links::PublicLink::seal_all(&mut tx, &server.server.sealing_keys).await.unwrap();
        tx.commit().await.unwrap();
        let all = key.get("/v1/file-shares").await.expect(200);
        let other = public(&all["data"][0]);
        assert_ne!(other, link);
        assert_eq!(server.nobody().get(&link).await.status, 404);
        assert_eq!(server.nobody().get(&other).await.status, 200);
    }
}
