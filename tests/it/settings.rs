//! Settings: flag, environment variable, TOML file, default, in that order; and errors name the
//! setting.

use clap::{Args, Command};
use klantportaal::config::Config;
use tempfile::TempDir;

use crate::support::{Ran, klantportaal};

/// For each setting a value that it does not take.
const WRONG: [(&str, &str); 60] = [
    ("database-url", "mysql://localhost/db"),
    ("database-connections", "0"),
    ("database-wait-seconds", "61"),
    ("listen", "localhost"),
    ("public-url", "portal.example.nl"),
    ("manage-url", "https://manage.example.nl/pad"),
    ("api-url", "ftp://api.example.nl"),
    ("developers-url", "https://wie@developers.example.nl"),
    ("docs-url", "https://docs.example.nl?x"),
    ("trusted-proxies", "127.0.0.1,overal"),
    ("smtp-url", "http://mail.example.nl"),
    ("mail-from", "geen adres"),
    ("ticket-address", "support"),
    ("imap-url", "https://jan:geheim@mail.example.nl"),
    ("access-token-seconds", "9"),
    ("refresh-token-idle-days", "-1"),
    ("refresh-token-days", "3651"),
    ("audit-days", "36501"),
    ("session-idle-hours", "0"),
    ("session-days", "366"),
    ("encryption-keys", "c2xldXRlbA=="),
    ("default-rate-limit", "-1"),
    ("max-body-bytes", "veel"),
    ("max-connections", "3"),
    ("max-connections-per-address", "1"),
    ("client-seconds", "0"),
    ("idle-seconds", "3601"),
    ("max-portals-per-account", "0"),
    ("max-developers-per-account", "0"),
    ("max-apps-per-developer", "-1"),
    ("max-logo-kilobytes-per-developer", "255"),
    ("max-customers-per-portal", "0"),
    ("max-customer-groups-per-portal", "100001"),
    ("max-appointments-per-portal", "0"),
    ("max-tickets-per-portal", "0"),
    ("max-punch-cards-per-portal", "0"),
    ("max-issued-punch-cards-per-portal", "-1"),
    ("webhook-allow", "127.0.0.0/99"),
    ("max-webhooks-per-portal", "0"),
    ("max-webhooks-per-app", "0"),
    ("files-store", "schijf"),
    ("s3-endpoint", "s3.example.nl"),
    ("s3-region", "eu west"),
    ("s3-path-style", "misschien"),
    ("s3-access-key-id", "een twee"),
    ("s3-secret-access-key", "een twee"),
    ("scanner", "clamav"),
    ("max-files-per-portal", "0"),
    ("max-file-megabytes-per-portal", "0"),
    ("max-file-megabytes", "100001"),
    ("max-file-requests-per-portal", "0"),
    ("max-file-shares-per-portal", "0"),
    ("max-api-keys-per-portal", "geen"),
    ("max-idempotency-keys-per-portal", "1"),
    ("max-idempotency-megabytes-per-portal", "0"),
    ("max-passkeys-per-account", "-1"),
    ("log-requests", "misschien"),
    ("require-second-factor", "misschien"),
    ("manage-registration", "misschien"),
    ("developers-registration", "misschien"),
];

/// Those that take any text (or, as `log`, hardly refuse one).
const ANY: [&str; 3] = ["config", "data-dir", "log"];

fn variable(setting: &str) -> String {
    format!("KLANTPORTAAL_{}", setting.replace('-', "_").to_uppercase())
}

/// `portal list` in a folder of its own, with a settings file in it.
fn list(folder: &TempDir, file: &str, flags: &[&str], variables: &[(&str, &str)]) -> Ran {
    let path = folder.path().join("settings.toml");
    std::fs::write(&path, file).unwrap();
    let mut command = klantportaal();
    command.args(["portal", "list", "--config"]).arg(path).args(flags);
    Ran::of(command.envs(variables.iter().copied()).current_dir(folder.path()))
}

#[test]
fn every_setting_is_known_to_these_tests() {
    let mut known: Vec<&str> = WRONG.iter().map(|(name, _)| *name).chain(ANY).collect();
    let command = Config::augment_args(Command::new("settings"));
    let mut all: Vec<&str> =
        command.get_arguments().filter_map(|argument| argument.get_long()).collect();
    known.sort_unstable();
    all.sort_unstable();
    assert_eq!(all, known);
    for argument in command.get_arguments() {
        assert_eq!(
            argument.get_env().unwrap().to_str().unwrap(),
            variable(argument.get_long().unwrap())
        );
    }
}

#[test]
fn a_wrong_value_is_refused_wherever_it_stands_and_its_setting_named() {
    let folder = tempfile::tempdir().unwrap();
    for (setting, wrong) in WRONG {
        let flag = format!("--{setting}");
        let table = format!("{setting} = {wrong:?}");
        let underscored = format!("{} = {wrong:?}", setting.replace('-', "_"));
        for ran in [
            list(&folder, "", &[&format!("{flag}={wrong}")], &[]),
            list(&folder, "", &[], &[(&variable(setting), wrong)]),
            list(&folder, &table, &[], &[]),
            list(&folder, &underscored, &[], &[]),
        ] {
            assert!(ran.fault().contains(&flag), "{flag} is not named: {ran:?}");
        }
    }
    for (setting, wrong, advice) in [
        ("listen", "localhost", "such as 127.0.0.1:8080"),
        ("public-url", "portal.example.nl", "such as https://portal.example.nl"),
        ("mail-from", "geen adres", "such as noreply@example.nl"),
        ("smtp-url", "http://mail.example.nl", "expected smtp://host:port"),
        ("imap-url", "imaps://mail.example.nl", "expected imaps://user:password@host"),
        ("max-body-bytes", "veel", "from 1024 to"),
        ("default-rate-limit", "-1", "0 for no limit"),
    ] {
        let ran = list(&folder, "", &[], &[(&variable(setting), wrong)]);
        assert!(ran.fault().contains(advice), "{setting}: {ran:?}");
    }
    let ran = list(&folder, "log = \"klantportaal=luid\"", &[], &[]);
    assert!(ran.fault().contains("--log"), "{ran:?}");
    assert!(!folder.path().join("data").exists(), "nothing is made before the settings are good");
}

#[test]
fn a_flag_wins_over_a_variable_and_that_over_the_file_and_that_over_the_default() {
    let folder = tempfile::tempdir().unwrap();
    let file = "database-url = \"sqlite:file.db\"\ndata-dir = \"kept\"";
    let variable = [("KLANTPORTAAL_DATABASE_URL", "sqlite:variable.db")];
    let flag = ["--database-url", "sqlite:flag.db"];
    // A command makes no database, and tells where it looked for one.
    let looked_for = |ran: &Ran, name: &str| {
        assert!(ran.fault().contains(&format!("no database in kept/{name};")), "{ran:?}");
    };
    looked_for(&list(&folder, file, &[], &[]), "file.db");
    looked_for(&list(&folder, file, &[], &variable), "variable.db");
    looked_for(&list(&folder, file, &flag, &variable), "flag.db");
    looked_for(&list(&folder, "data-dir = \"kept\"", &[], &[]), "klantportaal.db");
    assert!(!folder.path().join("kept").exists());
}

#[test]
fn the_file_may_be_named_by_a_variable() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.toml");
    std::fs::write(&path, "max-body-bytes = 1").unwrap();
    let ran = Ran::of(klantportaal().args(["portal", "list"]).env("KLANTPORTAAL_CONFIG", &path));
    assert!(ran.fault().contains("--max-body-bytes"), "{ran:?}");
}

#[test]
fn an_unknown_setting_is_refused_and_named() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["KLANTPORTAAL_LISTENN", "KLANTPORTAAL_", "KLANTPORTAAL_PORT"] {
        let ran = list(&folder, "", &[], &[(name, "1")]);
        assert!(ran.fault().contains(&format!("unknown environment variable: {name}")), "{ran:?}");
    }
    for file in [
        "listenn = \"x\"",
        "config = \"x\"",
        "demo = true",
        "[database]\nurl = \"x\"",
        "help = \"x\"",
    ] {
        let ran = list(&folder, file, &[], &[]);
        let key = file.trim_start_matches('[').split([' ', ']']).next().unwrap();
        assert!(ran.fault().contains("unknown key") && ran.stderr.contains(key), "{file}: {ran:?}");
    }
}

#[test]
fn a_file_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for (file, message) in [
        ("listen", "is not TOML"),
        ("listen = [\"127.0.0.1:0\"]", "must be a text or a number"),
        ("listen = {}", "must be a text or a number"),
    ] {
        let ran = list(&folder, file, &[], &[]);
        assert!(ran.fault().contains(message) && ran.stderr.contains("settings.toml"), "{ran:?}");
    }
    let ran = Ran::of(klantportaal().args(["portal", "list", "--config", "/bestaat/niet.toml"]));
    assert!(ran.fault().contains("/bestaat/niet.toml"), "{ran:?}");
}

#[test]
fn scopes_of_ones_own_are_checked_and_their_place_named() {
    let folder = tempfile::tempdir().unwrap();
    let table =
        |area: &str, scope: &str| format!("[scopes.{area}]\nnl = \"x\"\nen = \"y\"\n{scope}");
    for (file, place) in [
        ("scopes = \"planning.read\"".to_owned(), "scopes: "),
        (table("planning", ""), "scopes.planning: "),
        (table("planning", "read = { nl = \"x\" }"), "scopes.planning.read: en is missing"),
        (
            table("invoices", "read = { nl = \"x\", en = \"y\" }"),
            "scopes.invoices: this area is built in",
        ),
    ] {
        let ran = list(&folder, &file, &[], &[]);
        assert!(
            ran.fault().contains(place) && ran.stderr.contains("settings.toml"),
            "{file}: {ran:?}"
        );
    }
    let ran = list(&folder, &table("planning", "read = { nl = \"x\", en = \"y\" }"), &[], &[]);
    assert!(ran.fault().contains("no database"), "the settings are good: {ran:?}");
}

#[test]
fn a_password_in_a_setting_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    for (setting, url) in [
        ("database-url", "postgres://jan:gehe1m@127.0.0.1:1/db"),
        ("database-url", "postgres://jan:gehe1m@127.0.0.1:poort/db"),
        ("smtp-url", "smtps://jan:gehe1m@mail.example.nl:poort"),
        ("imap-url", "imaps://jan:gehe1m@mail.example.nl:poort"),
    ] {
        let file = format!("{setting} = {url:?}");
        for (file, flags, variables) in [
            (file.as_str(), vec![], vec![]),
            ("", vec![format!("--{setting}={url}")], vec![]),
            ("", vec![], vec![(variable(setting), url)]),
        ] {
            let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
            let variables: Vec<(&str, &str)> =
                variables.iter().map(|(name, value)| (name.as_str(), *value)).collect();
            let ran = list(&folder, file, &flags, &variables);
            assert!(!ran.fault().contains("gehe1m"), "{ran:?}");
            let help = list(&folder, file, &[&flags[..], &["--help"]].concat(), &variables);
            assert!(!help.stdout.contains("gehe1m"), "{help:?}");
        }
    }
}

#[test]
fn a_database_that_cannot_be_reached_is_told_with_its_cause() {
    let folder = tempfile::tempdir().unwrap();
    let database = |url: &str| list(&folder, "", &["--database-url", url], &[]);
    let ran = database("postgres://wie:geheim@127.0.0.1:1/db");
    assert!(
        ran.fault().to_lowercase().contains("connection refused") && !ran.stderr.contains("geheim"),
        "{ran:?}"
    );
    let ran = list(&folder, "", &["--data-dir", "/proc/nergens"], &[]);
    assert!(ran.fault().contains("/proc/nergens"), "{ran:?}");
}
