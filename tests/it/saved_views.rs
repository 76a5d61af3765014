//! Saved views of lists.

use futures_util::future::join_all;
use klantportaal::accounts::{Organisation, Role};
use klantportaal::db::{Single, ToParam};

use crate::support::{Browser, FilledForm, InProcess, Instance, Page, Portal};

const LIST: &str = "/manage/customers";
const VIEWS: &str = "/manage/customers/views";

/// The form that saves a part of the list.
async fn form(browser: &Browser, query: &str, name: &str) -> FilledForm {
    let page = browser.page(&format!("{LIST}?{query}")).await;
    page.form_to("/views").with("view_name", name)
}

/// The links above the list: each with its name.
fn links(page: &Page) -> Vec<String> {
    let nav = page.html.split("<nav class=\"views\"").nth(1).unwrap_or_default();
    let nav = nav.split("</nav>").next().unwrap_or_default();
    let names = nav.split("<bdi>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned());
    names.collect()
}

/// Where the link with a name leads.
fn leads_to(page: &Page, name: &str) -> String {
    let before = page.html.split(&format!("<bdi>{name}</bdi>")).next().unwrap();
    let href = before.rsplit("href=\"").next().unwrap();
    href.split('"').next().unwrap().replace("&amp;", "&")
}

async fn colleague(server: &Instance, portal: &Portal) -> Browser {
    let (account, email) = server.person("Collega").await;
    server.let_in(&Organisation::Portal(portal.id.clone()), &account, Role::Member).await;
    Browser::logged_in(&server.url, &email).await
}

async fn with_customer(server: &Instance) -> (Portal, Browser) {
    let (portal, browser) = server.portal_and_browser().await;
    let key = portal.key().await;
    key.post("/v1/customers", crate::customers::fields("Jansen")).await.expect(200);
    (portal, browser)
}

both_engines! {
    async fn a_view_is_saved_opened_renamed_and_deleted(server: &Server) {
        let (_, browser) = with_customer(server).await;
        let page = browser.page(LIST).await;
        assert!(!page.html.contains("view_name"), "there is nothing to save yet");
        let query = "search=caf%C3%A9+%26+bar&customerType=business&sort=companyName&per_page=50";
        // The page and what the list doesn't know aren't saved.
        let page = form(&browser, &format!("{query}&page=1&evil=1"), "Horeca <b>").await.send_to_page(&browser).await;
        assert!(page.says("De weergave is bewaard.") && !page.html.contains("view_name"), "{}", page.html);
        assert_eq!(links(&page), ["Horeca &lt;b&gt;"]);
        assert_eq!(leads_to(&browser.page(LIST).await, "Horeca &lt;b&gt;"), format!("{LIST}?{query}"));
        // Under the same name, the new one replaces it.
        form(&browser, "sort=-companyName", "Horeca <b>").await.send_to_page(&browser).await;
        let page = browser.page(LIST).await;
        assert_eq!((links(&page).len(), leads_to(&page, "Horeca &lt;b&gt;")), (1, format!("{LIST}?sort=-companyName")));
        let rename = browser.page(VIEWS).await.links().into_iter().find(|link| link.contains("/views/viw_")).unwrap();
        let asked = browser.page(&rename).await.form_to("/views/");
        assert!(Page::of(&asked.clone().with("view_name", " ").send(&browser).await).says("field-view_name-error"));
        let page = asked.with("view_name", "Omgekeerd").send_to_page(&browser).await;
        assert!(page.says("De naam is gewijzigd.") && page.says("Alleen jou"), "{}", page.html);
        assert_eq!(links(&browser.page(LIST).await), ["Omgekeerd"]);
        let page = page.form_to("/delete").send_to_page(&browser).await;
        assert!(page.says("De weergave is verwijderd.") && page.says("Nog geen weergaven"), "{}", page.html);
        assert!(links(&browser.page(LIST).await).is_empty());
    }

    async fn others_see_what_is_for_everybody_and_no_more(server: &Server) {
        let (portal, browser) = with_customer(server).await;
        let other = colleague(server, &portal).await;
        let (_, stranger) = with_customer(server).await;
        form(&browser, "search=a", "Van mij").await.send_to_page(&browser).await;
        form(&browser, "search=b", "Van ons").await.with("view_shared", "1").send_to_page(&browser).await;
        assert_eq!(links(&browser.page(LIST).await), ["Van mij", "Van ons"]);
        assert_eq!(links(&other.page(LIST).await), ["Van ons"]);
        assert!(links(&stranger.page(LIST).await).is_empty());
        assert!(links(&browser.page("/manage/customer-groups").await).is_empty(), "a view is one list's");
        let mine: Vec<String> = browser.page(VIEWS).await.links().into_iter().filter(|link| link.contains("/views/viw_")).collect();
        let [own, shared] = &mine[..] else { panic!("{mine:?}") };
        let delete = |form: FilledForm, path: &String| FilledForm { action: format!("{path}/delete"), ..form };
        let blank = other.page("/manage/customers/new").await.form();
        assert_eq!(other.get(own).await.status, 404);
        assert_eq!(delete(blank.clone(), own).send(&other).await.status, 404);
        let foreign = stranger.page("/manage/customers/new").await.form();
        for path in &mine {
            assert_eq!(stranger.get(path).await.status, 404);
            assert_eq!(delete(foreign.clone(), path).send(&stranger).await.status, 404);
        }
        let renamed = other.page(shared).await.form_to("/views/").with("view_name", "Van allen");
        assert_eq!(renamed.send(&other).await.status, 303);
        assert_eq!(links(&browser.page(LIST).await), ["Van mij", "Van allen"]);
        assert_eq!(delete(blank, shared).send(&other).await.status, 303);
        assert_eq!(links(&browser.page(LIST).await), ["Van mij"]);
    }

    async fn a_person_saves_no_more_than_twenty_of_a_list(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = with_customer(&server).await;
        let other = colleague(&server, &portal).await;
        for number in 0..18 {
            form(&browser, "search=a", &format!("Weergave {number}")).await.send_to_page(&browser).await;
            // The same query is saved, so the form is on another.
            let sql = "UPDATE saved_views SET query = 'search=z'";
            server.db.execute(sql, &[]).await.unwrap();
        }
        let mut forms = Vec::new();
        for number in 0..6 {
            forms.push(form(&browser, "search=a", &format!("Meer {number}")).await);
        }
        let browsers: Vec<Browser> = forms.iter().map(|_| Browser::twin(&browser)).collect();
        let answers = join_all(forms.iter().zip(&browsers).map(|(form, browser)| form.send(browser))).await;
        let (saved, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 303);
        assert_eq!((saved.len(), refused.len()), (2, 4), "{answers:?}");
        assert!(refused.iter().all(|answer| answer.status == 409 && answer.text().contains("weergaven, en meer kan niet")), "{refused:?}");
        let page = form(&other, "search=a", "Van een ander").await.send_to_page(&other).await;
        assert!(page.says("De weergave is bewaard."), "{}", page.html);
        let sql = "SELECT count(*) AS value FROM saved_views WHERE portal_id = ?1";
        let count: Option<Single<i64>> = server.db.row(sql, &[portal.id.to_param()]).await.unwrap();
        assert_eq!(count.unwrap().0, 21);
    }

    async fn a_list_as_it_is_anyway_is_no_view(server: &Server) {
        let (_, browser) = with_customer(server).await;
        let form = form(&browser, "search=a", "x").await;
        let plain = FilledForm { action: VIEWS.to_owned(), ..form.clone() };
        let answer = plain.send(&browser).await;
        assert!(answer.text().contains("Filter of sorteer de lijst eerst."), "{answer}");
        let faulty = FilledForm { action: format!("{VIEWS}?page=x"), ..form };
        assert!(faulty.send(&browser).await.text().contains("Deze link klopt niet."));
        assert!(links(&browser.page(LIST).await).is_empty());
    }
}
