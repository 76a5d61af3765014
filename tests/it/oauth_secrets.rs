//! Secrets are shown once: the database has hashes, the log and pages nothing.

use klantportaal::accounts::Account;
use klantportaal::db::Db;

use crate::support::{Browser, Engine, Server, Tokens};

/// Everything that the database holds, as bytes.
async fn contents(server: &Server, engine: Engine) -> Vec<u8> {
    if engine == Engine::Sqlite {
        let files =
            std::fs::read_dir(server.database.folder()).unwrap().map(|file| file.unwrap().path());
        let files = files.filter(|path| {
            path.file_name().unwrap().to_string_lossy().starts_with("klantportaal.db")
        });
        return files.flat_map(|path| std::fs::read(path).unwrap()).collect();
    }
    let (client, connection) =
        tokio_postgres::connect(server.database.url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let tables = client
        .query("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'", &[])
        .await
        .unwrap();
    let mut all = String::new();
    for table in tables {
        let table: String = table.get(0);
        for row in client.query(&format!("SELECT t::text FROM \"{table}\" t"), &[]).await.unwrap() {
            all.push_str(&row.get::<_, String>(0));
        }
    }
    all.into_bytes()
}

fn holds(haystack: &[u8], needle: &str) -> bool {
    let hex: String = needle.bytes().map(|byte| format!("{byte:02x}")).collect();
    let contains = |needle: &[u8]| haystack.windows(needle.len()).any(|window| window == needle);
    contains(needle.as_bytes()) || contains(hex.as_bytes())
}

both_engines! {
    async fn no_secret_is_kept_or_logged(engine: Engine) {
        let server = Server::start(engine, &["--log", "debug"]).await;
        let (mail, password) = ("Geheim.Persoon@example.nl", "zeer geheim wachtwoord");
        let browser = Browser::new(&server.url);
        let form = browser.page("/manage/register").await.form().with("organisation", "Geheim BV").with("name", "G").with("email", mail).with("password", password);
        assert_eq!(form.send(&browser).await.status, 200);
        let verify = server.mailbox("geheim.persoon@example.nl").link(1).await;
        let verify_secret = verify.split_once("token=").unwrap().1.to_owned();
        let visitor = browser.cookie("visitor").unwrap();
        // Before the link is used: it must not be there in clear while it is good.
        let before = contents(&server, engine).await;
        assert!(!holds(&before, &verify_secret) && holds(&before, "Geheim BV"));
        assert_eq!(browser.page(&verify).await.form().with("password", password).send(&browser).await.status, 303);
        assert_eq!(browser.log_in(mail, "verkeerd wachtwoord").await.status, 200);
        assert_eq!(browser.log_in(mail, password).await.status, 303);
        assert_eq!(browser.page("/manage/forgot-password").await.form().with("email", mail).send(&browser).await.status, 200);
        let reset = server.mailbox("geheim.persoon@example.nl").link(2).await.split_once("token=").unwrap().1.to_owned();

        let app = server.app().await;
        let key = server.portal().await.key().await;
        key.get("/v1/customers").await.expect(200);
        let form = app.ask().form(&browser).await;
        let csrf = form.field("csrf").unwrap().to_owned();
        let (code, unused) = (app.code(&browser).await, app.code(&browser).await);
        let tokens = Tokens::of(&app.exchange(&code).await);
        server.bearer(&tokens.access).get("/v1/customers").await.expect(200);
        app.refresh(&tokens.refresh).await.expect(200);
        // Mistakes with secrets in the wrong places, which must not be quoted either.
        server.bearer(&tokens.refresh).get("/v1/customers").await.expect(401);
        app.refresh(&code).await.expect_oauth_error("invalid_grant");
        app.exchange(&code).await.expect_oauth_error("invalid_grant");
        app.call(&app.signed(&[("grant_type", tokens.refresh.as_str())])).await.expect_oauth_error("unsupported_grant_type");
        let session = browser.cookie("manage").unwrap();

        // The owner of the account and of the app see none of them a second time.
        let pages = [browser.get("/manage").await.text(), browser.get(&app.ask().path()).await.text(), server.cli(&["app", "list"]).stdout];
        let contents = contents(&server, engine).await;
        assert!(holds(&contents, "Geheim BV") && Account::by_email(&server.db, mail).await.unwrap().is_some());
        let (_, log, _) = server.end("TERM");
        assert!(log.contains("used twice"), "the log is there, and tells of the replay: {log}");
        let secrets = [
            ("password", password), ("verify link", &verify_secret), ("reset link", &reset), ("session", &session), ("visitor", &visitor),
            ("app secret", &app.secret), ("key", &key.token), ("code", &code), ("unused code", &unused), ("access token", &tokens.access), ("refresh token", &tokens.refresh),
        ];
        for (what, secret) in secrets {
            assert!(!holds(&contents, secret), "the database holds the {what} in clear");
            assert!(!log.contains(secret), "the log holds the {what}");
            assert!(pages.iter().all(|page| !page.contains(secret)), "a page shows the {what}");
            // Nor its random part alone.
            let inner = if secret.starts_with("kp") { &secret[4..44] } else { secret };
            assert!(!holds(&contents, inner) && !log.contains(inner), "the random part of the {what} is kept");
        }
        assert!(!holds(&contents, &csrf) && !log.contains(&csrf));
        assert!(!log.contains("verkeerd wachtwoord"));
    }

    async fn every_secret_has_its_kind_256_bits_and_check_characters(server: &Server) {
        let (app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
        let (code, tokens, key) = (app.code(&browser).await, app.connect(&browser).await, portal.key().await);
        let all = [(code, "kpc_"), (tokens.access, "kpa_"), (tokens.refresh, "kpr_"), (key.token, "kpk_"), (app.secret, "kps_"), (browser.cookie("manage").unwrap(), "kpb_")];
        for (secret, prefix) in all {
            let rest = secret.strip_prefix(prefix).unwrap_or_else(|| panic!("{secret} does not begin with {prefix}"));
            assert_eq!(rest.len(), 49);
            assert!(rest.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            let sum = crc32fast::hash(&secret.as_bytes()[..secret.len() - 6]);
            let mut check = Vec::new();
            let mut left = sum;
            for _ in 0..6 {
                check.push(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[(left % 62) as usize]);
                left /= 62;
            }
            check.reverse();
            assert_eq!(secret.as_bytes()[secret.len() - 6..], check, "{prefix}");
        }
        let _: &Db = &server.db;
    }
}
