//! Secrets that could be guessed bit by bit from how long a comparison takes. There is no such
//! comparison: by construction, a secret is looked up by its hash or compared with `ct_eq`. The
//! tests check this in the types and the source, because a measurement would prove little. That an
//! unknown account costs the same hashing is counted in `account_enumeration.rs`.

use std::path::{Path, PathBuf};

use klantportaal::auth::{Password, PasswordHash, Token};
use secrecy::SecretString;

/// Does not compile for a type that implements `PartialEq`: then it is not clear which of the two
/// is meant.
macro_rules! assert_not_comparable {
    ($($kind:ty),+ $(,)?) => {
        const _: () = {
            trait AmbiguousIfComparable<A> {
                fn check() {}
            }
            struct Comparable;
            impl<T: ?Sized> AmbiguousIfComparable<()> for T {}
            impl<T: ?Sized + PartialEq> AmbiguousIfComparable<Comparable> for T {}
            $(let _ = <$kind as AmbiguousIfComparable<_>>::check;)+
        };
    };
}

assert_not_comparable!(Token, Password, PasswordHash, SecretString);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Every source file without its unit tests: its name, and its lines without comments.
fn sources(folder: &Path, all: &mut Vec<(String, Vec<String>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, all);
        } else if path.extension().is_some_and(|kind| kind == "rs")
            && !path.ends_with("tests.rs")
            && !path.ends_with("fuzz.rs")
        {
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text
                .split("#[cfg(test)]")
                .next()
                .unwrap()
                .lines()
                .map(|line| line.split("//").next().unwrap().to_owned());
            all.push((
                path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned(),
                code.collect(),
            ));
        }
    }
}

fn all_sources() -> Vec<(String, Vec<String>)> {
    let mut all = Vec::new();
    sources(&root().join("src"), &mut all);
    assert!(all.len() > 150, "the source is gone");
    all
}

/// Whether a line compares what stands in clear.
fn compares_in_clear(line: &str) -> bool {
    let comparisons = [
        " == ",
        " != ",
        ".eq(",
        ".ne(",
        ".cmp(",
        ".starts_with(",
        ".ends_with(",
        ".contains(",
        "assert_eq!",
        "matches!(",
    ];
    let in_clear = [
        ".reveal()",
        "expose_secret()",
        "client_secret",
        ".csrf",
        "password_hash",
        "token_hash",
        "secret_hash",
    ];
    // Statements of SQL compare by look-up.
    let is_sql =
        ["?1", "?2", "SELECT ", "UPDATE ", "params!["].iter().any(|word| line.contains(word));
    !is_sql
        && comparisons.iter().any(|word| line.contains(word))
        && in_clear.iter().any(|word| line.contains(word))
}

#[test]
fn no_line_of_the_source_compares_a_secret_in_clear() {
    assert!(
        compares_in_clear("if token.reveal() == other {")
            && compares_in_clear("secret.expose_secret().starts_with(x)")
    );
    assert!(!compares_in_clear("self.csrf.as_bytes().ct_eq(csrf.as_bytes()).into()"));
    for (file, lines) in all_sources() {
        assert_eq!(
            lines.iter().find(|line| compares_in_clear(line)),
            None,
            "{file} compares a secret"
        );
    }
}

#[test]
fn what_must_be_compared_is_compared_in_constant_time() {
    let sources = all_sources();
    let has = |file: &str, text: &str| {
        sources
            .iter()
            .any(|(name, lines)| name == file && lines.iter().any(|line| line.contains(text)))
    };
    for (file, what) in [
        ("src/auth/token.rs", "self.0.ct_eq(&other.0)"),
        ("src/oauth/pkce.rs", "hash.as_bytes().ct_eq("),
        ("src/dpop/nonces.rs", ".as_bytes().ct_eq("),
        ("src/web/visit.rs", "csrf.as_bytes().ct_eq(csrf.as_bytes())"),
    ] {
        assert!(has(file, what), "{file} has lost `{what}`");
    }
}

#[test]
fn the_database_keeps_hashes_only_but_for_what_must_be_computed_with() {
    // The server's own key. What codes of an authenticator app are computed from, what deliveries to
    // webhooks are signed with, and what public links show; all are sealed (`src/sealed/`). And the code
    // of a punch card, which is no secret: it is printed on the card, and only those find it who may see
    // all cards of the portal.
    let in_clear = [
        "app_webhooks.secret",
        "issued_punch_cards.code",
        "public_links.secret",
        "server_secrets.secret",
        "totp_factors.secret",
        "webhooks.secret",
    ];
    let mut found = Vec::new();
    let mut tables = 0;
    for entry in std::fs::read_dir(root().join("migrations")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path().join("schema.sql"));
        let text = text.unwrap_or_default();
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("--"));
        for statement in lines.collect::<Vec<_>>().join("\n").split(';') {
            let Some((_, table)) = statement.split_once("CREATE TABLE ") else { continue };
            let (name, columns) = table.split_once('(').unwrap();
            tables += 1;
            for column in columns.split(",\n").filter_map(|column| column.split_whitespace().next())
            {
                let is_secret = [
                    "secret",
                    "token",
                    "password",
                    "code",
                    "session_token",
                    "device_code",
                    "user_code",
                ]
                .contains(&column);
                if is_secret {
                    found.push(format!("{}.{column}", name.trim()));
                }
            }
        }
    }
    found.sort();
    assert!(tables > 15, "only {tables} tables");
    assert_eq!(found, in_clear, "a table keeps a secret in clear");
    // And a statement that looks one up does so by its hash.
    let no_secret = ("punch_cards/issued_queries.rs", "c.code = ?2");
    for (file, lines) in all_sources() {
        for line in lines {
            for column in ["secret", "token", "password", "code"] {
                if file.ends_with(no_secret.0) && line.contains(no_secret.1) {
                    continue;
                }
                // What is written is not looked up.
                let line = line.replace(&format!("SET {column} = ?"), "SET");
                assert!(
                    !line.contains(&format!(" {column} = ?"))
                        && !line.contains(&format!(".{column} = ?")),
                    "{file}: {line}"
                );
            }
        }
    }
}

both_engines! {
    async fn an_unknown_app_is_told_as_a_wrong_secret_is(server: &Server) {
        // How long it takes tells at most whether a client_id exists, which is no secret.
        let app = server.app().await;
        let wrong = app.with_secret(Token::random(klantportaal::auth::TokenKind::AppSecret).reveal().to_owned()).refresh("kpr_x").await;
        let unknown = server.known_app(klantportaal::ids::AppId::random(), app.developer.clone(), app.secret.clone()).refresh("kpr_x").await;
        wrong.expect_oauth_error("invalid_client");
        assert_eq!((wrong.status, wrong.text()), (unknown.status, unknown.text()));
    }
}
