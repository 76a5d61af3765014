//! `klantportaal jobs`, and what `klantportaal doctor` says of failed jobs.

use serde_json::{Value, json};

use crate::support::Server;

both_engines! {
    async fn operators_see_retry_and_discard_jobs(engine: Engine) {
        let server = Server::start(engine, &[]).await;
        let insert = "INSERT INTO jobs (kind, payload, state, lane, run_at, planned, created_at, attempts, failed_at, last_error, ended_at, remove_at) VALUES
            ('none', '{\"to\":\"jan\"}', 'failed', '', 1, FALSE, 1, 9, 2, 'no such person', 3, 4000000000000),
            ('none', 'no JSON', 'failed', '', 1, FALSE, 1, 9, 2, 'no such person', 3, 4000000000000),
            ('other', '{}', 'waiting', 'a', 4000000000000, TRUE, 1, 0, NULL, NULL, NULL, NULL)";
        assert_eq!(server.db.execute(insert, &[]).await.unwrap(), 3);
        let list = |arguments: &[&str]| server.cli(&[&["jobs", "list"], arguments].concat()).json();
        let count = |arguments: &[&str]| list(arguments).as_array().unwrap().len();
        assert_eq!((count(&[]), count(&["--state", "failed"]), count(&["--kind", "other"]), count(&["--limit", "1"])), (3, 2, 1, 1));
        let failed = &list(&["--state", "failed"])[1];
        assert_eq!((&failed["lastError"], &failed["attempts"]), (&json!("no such person"), &json!(9)));
        assert!(failed.get("payload").is_none(), "{failed}");
        let ids: Vec<String> = list(&[]).as_array().unwrap().iter().map(|job| job["id"].to_string()).collect();
        let show = |id: &str| server.cli(&["jobs", "show", id]).json();
        assert_eq!((&show(&ids[2])["payload"], &show(&ids[1])["payload"]), (&json!({ "to": "jan" }), &json!("no JSON")));

        let doctor = server.cli(&["doctor", "--json"]).stdout;
        let report: Value = serde_json::from_str(&doctor).unwrap();
        let finding = report["findings"].as_array().unwrap().iter().find(|finding| finding["check"] == "jobs").unwrap();
        assert!(finding["problem"].as_str().unwrap().starts_with("2 jobs of the kind none failed"), "{finding}");

        assert_eq!(server.cli(&["jobs", "retry", &ids[2]]).json(), json!({ "retried": 1 }));
        assert_eq!(server.cli(&["jobs", "retry", "--failed", "none"]).json(), json!({ "retried": 1 }));
        assert_eq!(count(&["--state", "waiting"]), 3);
        assert_eq!(server.cli(&["jobs", "discard", &ids[0]]).json()["discarded"], json!(true));
        for command in [["jobs", "discard", &ids[0]], ["jobs", "show", &ids[0]], ["jobs", "retry", &ids[0]]] {
            assert!(server.cli(&command).fault().contains("there is no job"));
        }
        assert_eq!(count(&[]), 2);
        let portal = server.portal().await.id.to_string();
        let of_portal = format!(
            "INSERT INTO jobs (kind, payload, state, lane, run_at, planned, created_at, attempts, portal_id) VALUES ('mine', '{{}}', 'waiting', '', 4000000000000, TRUE, 1, 0, '{portal}')"
        );
        server.database.script(&of_portal).await;
        let mine = list(&["--kind", "mine"])[0]["id"].to_string();
        server.cli(&["jobs", "discard", &mine]).json();
        assert_eq!(server.cli(&["jobs", "retry", "--failed", "none"]).json(), json!({ "retried": 0 }));
        let told = |arguments: &[&str]| -> Vec<String> {
            let events = server.cli(&[&["audit", "list"], arguments].concat()).json();
            let events = events.as_array().unwrap().iter().filter(|event| event["action"].as_str().unwrap().contains("job"));
            events.map(|event| format!("{} {}", event["action"].as_str().unwrap(), event["subject"].as_str().unwrap())).collect()
        };
        let expected = [format!("job_discarded {} (other)", ids[0]), "failed_jobs_retried none (1)".to_owned(), format!("job_retried {} (none)", ids[2])];
        assert_eq!(told(&[]), expected);
        assert_eq!(told(&["--portal", &portal]), [format!("job_discarded {mine} (mine)")]);
        for arguments in [&["jobs", "list", "--state", "lost"][..], &["jobs", "retry"], &["jobs", "show", "x"]] {
            server.cli(arguments).fault();
        }
        let help = server.cli(&["jobs", "--help"]).stdout;
        assert!(help.contains("klantportaal jobs retry --failed mail") && help.contains("given up"), "{help}");
    }
}
