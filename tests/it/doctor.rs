//! `klantportaal doctor`: its findings, its output, and that it changes nothing.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use crate::support::{Database, Engine, Server, block_on, free_address, klantportaal};

/// What it found, and the exit code.
struct Diagnosis {
    report: Value,
    code: i32,
}

impl Diagnosis {
    fn of(database: &Database, more: &[&str]) -> Self {
        let mut command = klantportaal();
        command.args(["doctor", "--json"]).args(database.flags()).args(more);
        let output = command.output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(stderr, "");
        let report = serde_json::from_slice(&output.stdout).unwrap();
        Self { report, code: output.status.code().unwrap() }
    }

    /// Its findings of a check, as severity, problem and remedy.
    fn of_check(&self, check: &str) -> Vec<[String; 3]> {
        let findings = self.report["findings"].as_array().unwrap();
        let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
        findings
            .iter()
            .filter(|finding| finding["check"] == check)
            .inspect(|finding| assert!(!text(finding, "reason").is_empty(), "{finding}"))
            .map(|finding| ["severity", "problem", "remedy"].map(|name| text(finding, name)))
            .collect()
    }

    /// The one finding of a check, which must be of this severity; its problem and remedy.
    #[track_caller]
    fn only(&self, check: &str, severity: &str) -> [String; 2] {
        let mut found = self.of_check(check);
        assert_eq!(found.len(), 1, "{}", self.report);
        let [found_severity, problem, remedy] = found.remove(0);
        assert_eq!(found_severity, severity, "{}", self.report);
        [problem, remedy]
    }

    /// That nothing is wrong but what every test's server lacks.
    #[track_caller]
    fn expect_fine(&self) {
        for check in ["schema", "integrity", "permissions", "encryptionKey", "clock"] {
            assert!(self.of_check(check).is_empty(), "{}", self.report);
            let checked = self.report["checked"].as_array().unwrap();
            assert!(checked.contains(&check.into()), "{}", self.report);
        }
    }
}

/// All files with their contents and when they were last changed.
fn files(folder: &Path) -> BTreeMap<String, (Vec<u8>, std::time::SystemTime)> {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| {
            let changed = entry.metadata().unwrap().modified().unwrap();
            let content = std::fs::read(entry.path()).unwrap();
            (entry.file_name().into_string().unwrap(), (content, changed))
        })
        .collect()
}

/// A database that a server left behind.
async fn left_behind(engine: Engine) -> Database {
    let (_, _, database) = Server::start(engine, &[]).await.end("TERM");
    database
}

both_engines! {
    async fn it_finds_nothing_wrong_whether_the_server_runs_or_not_and_writes_nothing(engine: Engine) {
        let server = Server::start(engine, &[]).await;
        server.portal().await;
        Diagnosis::of(&server.database, &[]).expect_fine();
        let (_, _, database) = server.end("TERM");
        let (before, rows) = (files(database.folder()), database.rows_by_table().await);
        let before_names: Vec<_> = before.keys().cloned().collect();
        let diagnosis = Diagnosis::of(&database, &[]);
        diagnosis.expect_fine();
        assert_eq!(files(database.folder()).into_keys().collect::<Vec<_>>(), before_names);
        assert!(files(database.folder()) == before, "a file was written");
        assert_eq!(database.rows_by_table().await, rows);
        assert_eq!(diagnosis.report["notChecked"], serde_json::json!([]));
    }

    async fn after_a_power_cut_it_reads_what_was_not_yet_put_into_the_file(engine: Engine) {
        let server = Server::start(engine, &[]).await;
        server.portal().await;
        let (_, _, database) = server.end("KILL");
        Diagnosis::of(&database, &[]).expect_fine();
        drop(Server::start_on(database, &[]).await);
    }

    async fn the_exit_code_tells_warnings_from_faults(engine: Engine) {
        let database = left_behind(engine).await;
        let warned = Diagnosis::of(&database, &["--public-url", "http://portal.example.nl"]);
        assert_eq!((warned.code, &warned.report["status"]), (1, &"warning".into()), "{}", warned.report);
        let [problem, remedy] = warned.only("publicAddress", "warning");
        assert!(problem.contains("without TLS") && remedy.contains("https://"), "{problem} {remedy}");
        std::fs::write(database.folder().join("encryption.key"), "x").unwrap();
        let faulty = Diagnosis::of(&database, &[]);
        assert_eq!((faulty.code, &faulty.report["status"]), (2, &"fault".into()), "{}", faulty.report);
        let output = klantportaal().arg("doctor").args(database.flags()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains("fault: encryption key: ") && text.contains("What to do: ") && text.contains("fine: schema"), "{text}");
    }

    async fn a_database_that_is_not_there_is_not_made(engine: Engine) {
        let database = Database::fresh(engine).await;
        let diagnosis = Diagnosis::of(&database, &[]);
        let [problem, remedy] = diagnosis.only("schema", "fault");
        assert!(problem.contains("there is no database") && remedy.contains("klantportaal serve"), "{problem} {remedy}");
        assert_eq!(diagnosis.code, 2);
        assert!(files(database.folder()).is_empty());
        assert!(database.rows_by_table().await.is_empty());
        assert!(diagnosis.report["notChecked"].as_array().unwrap().contains(&"clock".into()), "{}", diagnosis.report);
    }

    async fn a_database_of_another_version_is_told_with_both(engine: Engine) {
        let database = left_behind(engine).await;
        database.script("INSERT INTO migrations VALUES ('9999_from_the_future', '99.1.0')").await;
        let [problem, _] = Diagnosis::of(&database, &[]).only("schema", "fault");
        assert!(problem.contains("99.1.0") && problem.contains(env!("CARGO_PKG_VERSION")), "{problem}");
    }

    async fn what_lacks_of_the_tables_is_named(engine: Engine) {
        let database = left_behind(engine).await;
        database.script("DROP INDEX api_keys_by_expiry; CREATE INDEX own_one ON api_keys (name)").await;
        let [problem, _] = Diagnosis::of(&database, &[]).only("schema", "fault");
        assert!(problem.contains("INDEX api_keys_by_expiry") && !problem.contains("own_one"), "{problem}");
    }

    async fn files_that_others_may_read_are_named_with_the_command_that_closes_them(engine: Engine) {
        let database = left_behind(engine).await;
        let key = database.folder().join("encryption.key");
        std::fs::set_permissions(&key, PermissionsExt::from_mode(0o644)).unwrap();
        let settings = database.folder().join("settings.toml");
        std::fs::write(&settings, "audit_days = 9\n").unwrap();
        std::fs::set_permissions(&settings, PermissionsExt::from_mode(0o600)).unwrap();
        let [problem, remedy] = Diagnosis::of(&database, &["--config", settings.to_str().unwrap()]).only("permissions", "warning");
        assert!(problem.contains("encryption.key") && remedy.contains("chmod -R go= "), "{problem} {remedy}");
        std::fs::set_permissions(&key, PermissionsExt::from_mode(0o600)).unwrap();
        std::fs::set_permissions(database.folder(), PermissionsExt::from_mode(0o755)).unwrap();
        let [problem, remedy] = Diagnosis::of(&database, &[]).only("permissions", "warning");
        assert!(problem.contains("data folder") && remedy.contains("chmod 700 "), "{problem} {remedy}");
    }

    async fn an_encryption_key_that_does_not_fit_or_is_gone_is_told(engine: Engine) {
        let database = left_behind(engine).await;
        let key = database.folder().join("encryption.key");
        std::fs::write(&key, "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n").unwrap();
        let [problem, remedy] = Diagnosis::of(&database, &[]).only("encryptionKey", "fault");
        assert!(problem.contains("holds another one") && remedy.contains("backup"), "{problem} {remedy}");
        std::fs::remove_file(&key).unwrap();
        let [problem, _] = Diagnosis::of(&database, &[]).only("encryptionKey", "fault");
        assert!(problem.contains("there is no key"), "{problem}");
        assert!(!key.exists(), "none is made");
    }

    async fn a_clock_that_is_behind_the_newest_rows_is_told(engine: Engine) {
        let database = left_behind(engine).await;
        let tomorrow = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(24 * 60 + 1);
        database.note_clean_up(tomorrow).await;
        let [problem, remedy] = Diagnosis::of(&database, &[]).only("clock", "fault");
        assert!(problem.contains("24 hours") && remedy.contains("timedatectl"), "{problem} {remedy}");
    }

    async fn a_mail_server_that_takes_nothing_is_told_and_none_is_warned_of(engine: Engine) {
        let database = left_behind(engine).await;
        let [problem, remedy] = Diagnosis::of(&database, &[]).only("mail", "warning");
        assert!(problem.contains("no mail server") && remedy.contains("smtp-url"), "{problem} {remedy}");
        let nobody = free_address();
        let url = format!("smtp://wie:geheim@{nobody}");
        let more = ["--smtp-url", &url, "--mail-from", "noreply@example.nl"];
        let [problem, remedy] = Diagnosis::of(&database, &more).only("mail", "fault");
        assert!(!problem.contains("geheim") && remedy.contains("firewall"), "{problem} {remedy}");
    }

    async fn an_address_is_asked_only_on_demand_and_must_lead_to_the_server(engine: Engine) {
        let server = Server::start(engine, &[]).await;
        let here = ["--public-url", server.url.as_str()];
        let [asked, not_asked] = [&["--ask-addresses"][..], &[]].map(|ask| Diagnosis::of(&server.database, &[&here[..], ask].concat()));
        for diagnosis in [asked, not_asked] {
            assert!(diagnosis.of_check("publicAddress").is_empty(), "{}", diagnosis.report);
        }
        let nobody = free_address();
        let there = format!("http://{nobody}");
        let wrong = [&here[..], &["--api-url", &there]].concat();
        assert!(Diagnosis::of(&server.database, &wrong).of_check("publicAddress").is_empty());
        let [problem, remedy] = Diagnosis::of(&server.database, &[&wrong[..], &["--ask-addresses"]].concat()).only("publicAddress", "fault");
        assert!(problem.contains(&there) && remedy.contains("systemctl status"), "{problem} {remedy}");
    }
}

#[test]
fn a_damaged_file_is_told_with_what_to_do() {
    block_on(async {
        let database = left_behind(Engine::Sqlite).await;
        database.flip_first_page_of("customers");
        let diagnosis = Diagnosis::of(&database, &[]);
        for [severity, problem, remedy] in diagnosis.of_check("integrity") {
            assert_eq!(severity, "fault");
            assert!(problem.contains("damaged") && remedy.contains("backup"), "{problem} {remedy}");
        }
        assert_eq!(diagnosis.code, 2, "{}", diagnosis.report);
        assert!(!diagnosis.of_check("integrity").is_empty(), "{}", diagnosis.report);
        database.flip(0, 100);
        let [problem, _] = Diagnosis::of(&database, &[]).only("integrity", "fault");
        assert!(problem.contains("not a database"), "{problem}");
    });
}

#[test]
fn rows_without_what_they_refer_to_are_told() {
    block_on(async {
        let database = left_behind(Engine::Sqlite).await;
        database
            .script(
                "PRAGMA foreign_keys = OFF;
                 INSERT INTO portal_members (portal_id, account_id, role, created_at) VALUES ('prt_a', 'acc_a', 'owner', 1)",
            )
            .await;
        let [problem, _] = Diagnosis::of(&database, &[]).only("integrity", "fault");
        assert!(problem.contains("portal_members without portals (1)"), "{problem}");
    });
}

#[test]
fn a_postgres_that_does_not_answer_is_told() {
    block_on(async {
        let nobody = free_address();
        let database = Database::at(&format!("postgres://geheim:geheim@{nobody}/x"));
        let [problem, remedy] = Diagnosis::of(&database, &[]).only("schema", "fault");
        assert!(!problem.contains("geheim") && remedy.contains("psql"), "{problem} {remedy}");
    });
}
