//! Optional scopes: leaving them out, when owners are asked again, and the history of consents.

use jiff::SignedDuration;
use klantportaal::db::ToParam;
use klantportaal::oauth::{ConnectedApp, Consent};
use serde_json::Value;

use crate::support::{
    App, Ask, Back, Browser, CALLBACK, FilledForm, InProcess, Instance, Page, Portal, Tokens,
};

const ALL: &str = "customers.read customers.write tickets.read";
const OPTIONAL: &str = "customers.write tickets.read";

async fn app(server: &Instance) -> App {
    server.app_with_optional(&[CALLBACK, "http://127.0.0.1/cb"], ALL, OPTIONAL).await
}

fn ask(app: &App) -> Ask {
    app.ask().with("scope", ALL)
}

/// The form with one scope unticked, and the answer to it.
async fn allow_without(form: &FilledForm, scope: &str, browser: &Browser) -> Back {
    let mut form = form.clone().with("decision", "allow");
    form.fields.retain(|(name, value)| name != "scope" || value != scope);
    Back::of(&form.send(browser).await)
}

/// The optional scopes that a form gives unless somebody unticks them.
fn ticked(form: &FilledForm) -> Vec<String> {
    form.fields.iter().filter(|(name, _)| name == "scope").map(|(_, scope)| scope.clone()).collect()
}

/// Changes what the app may ask, or of it what an owner may leave out.
async fn developer_sets(server: &Instance, app: &App, scopes: &str, optional: &str) {
    let change = "UPDATE apps SET scopes = ?2, optional_scopes = ?3 WHERE id = ?1";
    server
        .db
        .execute(change, &[app.id.to_param(), scopes.to_param(), optional.to_param()])
        .await
        .unwrap();
}

async fn exchanged(app: &App, back: &Back) -> Value {
    app.exchange(&back.code()).await.expect(200)
}

async fn granted(portal: &Portal) -> String {
    ConnectedApp::list(&portal.store).await.unwrap()[0].scopes.to_string()
}

async fn history(portal: &Portal) -> Vec<Consent> {
    let grant = ConnectedApp::list(&portal.store).await.unwrap().remove(0).id;
    Consent::list(&portal.store, &grant).await.unwrap()
}

/// Whether the request leads straight back to the app.
async fn is_asked(ask: Ask, browser: &Browser) -> bool {
    let answer = browser.get(&ask.path()).await;
    if answer.status == 303 {
        Back::of(&answer).code();
        return false;
    }
    assert!(Page::of(&answer).says("name=\"decision\""), "{answer}");
    true
}

both_engines! {
    async fn what_is_left_ticked_is_what_the_app_gets(server: &Server) {
        let (app, (portal, browser)) = (app(server).await, server.portal_and_browser().await);
        let form = ask(&app).form(&browser).await;
        assert_eq!(ticked(&form), ["customers.write", "tickets.read"], "what is optional is ticked, what is required is no choice");
        let tokens = exchanged(&app, &allow_without(&form, "customers.write", &browser).await).await;
        assert_eq!(tokens["scope"], "customers.read tickets.read");
        assert_eq!(granted(&portal).await, "customers.read tickets.read");
        let refreshed = app.refresh(tokens["refresh_token"].as_str().unwrap()).await.expect(200);
        assert_eq!(refreshed["scope"], "customers.read tickets.read");
        let api = server.bearer(refreshed["access_token"].as_str().unwrap());
        api.get("/v1/customers").await.expect(200);
        api.post("/v1/customers", crate::customers::fields("Jansen")).await.expect(403);
        app.refresh_with(tokens["refresh_token"].as_str().unwrap(), &[("scope", "customers.write")]).await.expect_oauth_error("invalid_scope");
    }

    async fn a_form_adds_nothing_to_what_was_asked(server: &Server) {
        let (app, (portal, browser)) = (app(server).await, server.portal_and_browser().await);
        let mut form = ask(&app).with("scope", "customers.read tickets.read").form(&browser).await.with("decision", "allow");
        for more in ["customers.write", "files.read", "nonsense", "customers.read"] {
            form.fields.push(("scope".into(), more.into()));
        }
        let tokens = exchanged(&app, &Back::of(&form.send(&browser).await)).await;
        assert_eq!(tokens["scope"], "customers.read tickets.read");
        assert_eq!(granted(&portal).await, "customers.read tickets.read");
    }

    async fn something_must_be_allowed(server: &Server) {
        let (app, (portal, browser)) = (app(server).await, server.portal_and_browser().await);
        let form = ask(&app).with("scope", "tickets.read").form(&browser).await.with("decision", "allow");
        let answer = form.clone().without("scope").send(&browser).await;
        assert_eq!(answer.status, 200, "{answer}");
        assert!(Page::of(&answer).says("Laat minstens één recht aangevinkt"), "{answer}");
        assert!(ConnectedApp::list(&portal.store).await.unwrap().is_empty());
        assert_eq!(exchanged(&app, &Back::of(&form.send(&browser).await)).await["scope"], "tickets.read");
    }

    async fn what_became_required_meanwhile_is_asked_again(server: &Server) {
        let (app, (portal, browser)) = (app(server).await, server.portal_and_browser().await);
        let form = ask(&app).form(&browser).await.with("decision", "allow").without("scope");
        developer_sets(server, &app, ALL, "").await;
        let answer = form.send(&browser).await;
        assert_eq!(answer.status, 200, "{answer}");
        assert!(Page::of(&answer).says("iets anders dan toen"), "{answer}");
        assert!(ConnectedApp::list(&portal.store).await.unwrap().is_empty());
    }

    async fn what_was_given_is_not_asked_again(server: &Server) {
        let (app, (portal, browser)) = (app(server).await, server.portal_and_browser().await);
        assert!(is_asked(ask(&app), &browser).await);
        allow_without(&ask(&app).form(&browser).await, "tickets.read", &browser).await.code();
        for scope in ["customers.read", "customers.write", "customers.read customers.write"] {
            let back = Back::of(&browser.get(&ask(&app).with("scope", scope).path()).await);
            assert_eq!((back.get("state"), back.get("iss")), (Some("xyz"), Some(server.url.as_str())));
            assert_eq!(exchanged(&app, &back).await["scope"], scope);
        }
        // The page is there for who asks for it, for more, for another app, and for who revoked.
        assert!(is_asked(ask(&app).with("scope", "customers.read").with("prompt", "consent"), &browser).await);
        assert!(is_asked(server.app().await.ask(), &browser).await);
        assert_eq!(history(&portal).await.len(), 1, "what is not asked is no consent");
        let grant = ConnectedApp::list(&portal.store).await.unwrap().remove(0).id;
        portal.revoke_grant(&grant, jiff::Timestamp::now()).await.unwrap();
        assert!(is_asked(ask(&app).with("scope", "customers.read"), &browser).await);
    }

    async fn what_was_left_out_is_neither_asked_again_nor_given(server: &Server) {
        let (app, (portal, browser)) = (app(server).await, server.portal_and_browser().await);
        allow_without(&ask(&app).form(&browser).await, "tickets.read", &browser).await.code();
        let both = "customers.read customers.write";
        for (scope, given) in [(ALL, both), ("customers.read tickets.read", "customers.read")] {
            let back = Back::of(&browser.get(&ask(&app).with("scope", scope).path()).await);
            assert_eq!(exchanged(&app, &back).await["scope"], given);
        }
        assert_eq!((granted(&portal).await.as_str(), history(&portal).await.len()), (both, 1));
        // The page is there for who asks for it, for what was all left out, and for more.
        assert!(is_asked(ask(&app).with("prompt", "consent"), &browser).await);
        assert!(is_asked(ask(&app).with("scope", "tickets.read"), &browser).await);
        developer_sets(server, &app, &format!("{ALL} files.read"), OPTIONAL).await;
        assert!(is_asked(ask(&app).with("scope", &format!("{ALL} files.read")), &browser).await);
        // A later consent to something else does not bring it back.
        Back::of(&ask(&app).with("scope", "customers.read").form(&browser).await.with("decision", "allow").send(&browser).await).code();
        assert_eq!(exchanged(&app, &Back::of(&browser.get(&ask(&app).path()).await)).await["scope"], both);
        let form = ask(&app).form(&browser).await;
        assert_eq!(ticked(&form), ["customers.write"]);
        // Ticked in the end, it is given.
        let mut form = form.with("decision", "allow");
        form.fields.push(("scope".into(), "tickets.read".into()));
        Back::of(&form.send(&browser).await).code();
        assert_eq!(exchanged(&app, &Back::of(&browser.get(&ask(&app).path()).await)).await["scope"], ALL);
    }

    async fn what_was_left_out_and_is_required_now_is_asked_as_new(server: &Server) {
        let (app, (_, browser)) = (app(server).await, server.portal_and_browser().await);
        let new = |page: &Page| page.html.matches("nieuw").count();
        allow_without(&ask(&app).form(&browser).await, "tickets.read", &browser).await.code();
        assert_eq!(new(&ask(&app).page(&browser).await), 0);
        developer_sets(server, &app, ALL, "customers.write").await;
        assert!(is_asked(ask(&app), &browser).await);
        let page = ask(&app).page(&browser).await;
        assert_eq!((new(&page), ticked(&page.form())), (1, vec!["customers.write".to_owned()]), "{}", page.html);
        // Made optional again, it is what it was.
        developer_sets(server, &app, ALL, OPTIONAL).await;
        assert!(!is_asked(ask(&app), &browser).await);
    }

    async fn what_one_of_several_portals_left_out_is_not_ticked(server: &Server) {
        let (app, (portal, browser)) = (app(server).await, server.portal_and_browser().await);
        allow_without(&ask(&app).form(&browser).await, "customers.write", &browser).await.code();
        let other = server.further_portal(&portal, "Zaak Twee").await;
        let form = ask(&app).form(&browser).await;
        assert_eq!(ticked(&form), ["tickets.read"]);
        allow_without(&form.with("portal", other.as_str()), "tickets.read", &browser).await.code();
        assert_eq!(ticked(&ask(&app).form(&browser).await), Vec::<String>::new());
    }

    async fn whoever_may_listen_on_a_loopback_address_is_asked_about_each_time(server: &Server) {
        let (app, (_, browser)) = (app(server).await, server.portal_and_browser().await);
        ask(&app).allow(&browser).await.code();
        assert!(!is_asked(ask(&app), &browser).await);
        assert!(is_asked(ask(&app).with("redirect_uri", "http://127.0.0.1:5000/cb"), &browser).await);
    }

    async fn an_owner_of_several_portals_is_asked_which_each_time(server: &Server) {
        let (app, (portal, browser)) = (app(server).await, server.portal_and_browser().await);
        ask(&app).with("scope", "customers.read").allow(&browser).await.code();
        server.further_portal(&portal, "Zaak Twee").await;
        assert!(is_asked(ask(&app).with("scope", "customers.read"), &browser).await);
        let page = ask(&app).page(&browser).await;
        assert!(page.says("Al verbonden met deze app. Nieuw is:"), "{}", page.html);
        assert!(ask(&app).with("scope", "customers.read").page(&browser).await.says("Al verbonden met deze app.<"));
    }

    async fn what_is_new_is_marked_and_what_was_left_out_stays_unticked(server: &Server) {
        let (app, (_, browser)) = (app(server).await, server.portal_and_browser().await);
        let new = |page: &Page| page.html.matches("nieuw").count();
        let first = ask(&app).with("scope", "customers.read customers.write").page(&browser).await;
        assert_eq!(new(&first), 0, "nothing is new to who has nothing");
        allow_without(&first.form(), "customers.write", &browser).await.code();
        let second = ask(&app).page(&browser).await;
        assert_eq!(new(&second), 1, "{}", second.html);
        assert_eq!(ticked(&second.form()), ["tickets.read"]);
    }

    async fn what_is_unticked_later_is_taken_from_what_was_issued(server: &Server) {
        let (app, (portal, browser)) = (app(server).await, server.portal_and_browser().await);
        let tokens = Tokens::of(&app.exchange(&ask(&app).allow(&browser).await.code()).await);
        let only = ask(&app).with("scope", "customers.write").allow(&browser).await.code();
        let only = Tokens::of(&app.exchange(&only).await);
        let unused = ask(&app).allow(&browser).await.code();
        allow_without(&ask(&app).form(&browser).await, "customers.write", &browser).await.code();
        assert_eq!(granted(&portal).await, "customers.read tickets.read");
        let api = server.bearer(&tokens.access);
        api.get("/v1/customers").await.expect(200);
        api.post("/v1/customers", crate::customers::fields("Jansen")).await.expect(403);
        assert_eq!(app.refresh(&tokens.refresh).await.expect(200)["scope"], "customers.read tickets.read");
        assert_eq!(app.exchange(&unused).await.expect(200)["scope"], "customers.read tickets.read");
        // What has nothing left is dead.
        server.bearer(&only.access).get("/v1/customers").await.expect(401);
        app.refresh(&only.refresh).await.expect_oauth_error("invalid_grant");
    }

    async fn every_consent_is_written_down_and_shown(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, (portal, browser)) = (app(&server).await, server.portal_and_browser().await);
        let form = ask(&app).form(&browser).await;
        let mut fields = form.with("decision", "allow").fields;
        fields.retain(|(_, value)| value != "tickets.read");
        Back::of(&browser.post_with(&ask(&app).path(), &fields, &[("user-agent", "Proefbrowser <b>1</b>")]).await).code();
        server.clock.advance(SignedDuration::from_secs(60));
        ask(&app).form(&browser).await.with("decision", "deny").send(&browser).await;
        Back::of(&ask(&app).form(&browser).await.with("scope", "tickets.read").with("decision", "allow").send(&browser).await).code();
        let [second, first] = &history(&portal).await[..] else { panic!("two consents and no more") };
        assert_eq!((first.asked.to_string(), first.allowed.to_string()), (ALL.into(), "customers.read customers.write".into()));
        assert_eq!((second.asked.to_string(), second.allowed.to_string()), (ALL.into(), "customers.read tickets.read".into()));
        assert_eq!((first.email.as_str(), first.address.as_str(), first.user_agent.as_str()), (portal.owner_email.as_str(), "127.0.0.1", "Proefbrowser <b>1</b>"));
        assert_eq!(second.created_at.duration_since(first.created_at).as_secs(), 60);

        let list = browser.page("/manage/settings/connected-apps").await;
        let grant = ConnectedApp::list(&portal.store).await.unwrap().remove(0).id;
        let path = format!("/manage/settings/connected-apps/{grant}");
        assert!(list.says(&format!("href=\"{path}\"")), "{}", list.html);
        let page = browser.page(&path).await;
        for text in [portal.owner_email.as_str(), "127.0.0.1", "Proefbrowser &lt;b&gt;1&lt;/b&gt;"] {
            assert!(page.says(text), "{text} is missing: {}", page.html);
        }
        // It is another portal's business.
        let (_, stranger) = server.portal_and_browser().await;
        assert_eq!(stranger.get(&path).await.status, 404);
    }
}
