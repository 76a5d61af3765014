//! A PostgreSQL cluster of a test's own, which may be stopped and killed.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

pub struct Cluster {
    /// Starts it, and removes it when its input ends.
    script: Child,
    url: String,
    postmaster: String,
}

const SCRIPT: &str = r#"
    set -euo pipefail
    source scripts/lib/postgres.sh
    trap postgres_stop EXIT
    postgres_start
    echo "$TEST_POSTGRES_URL"
    head -n 1 "$postgres_folder/data/postmaster.pid"
    cat >/dev/null
"#;

impl Cluster {
    pub fn start() -> Self {
        let mut script = Command::new("bash")
            .args(["-c", SCRIPT])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(script.stdout.take().unwrap()).lines();
        let mut line = || lines.next().expect("the cluster starts").unwrap();
        let (url, postmaster) = (line(), line());
        Self { script, url, postmaster }
    }

    /// The address of the database that is there from the start.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Hangs it: it takes connections and answers nothing.
    pub fn hang(&self) {
        self.signal("STOP");
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    fn signal(&self, signal: &str) {
        let script = "kill -s \"$1\" \"$2\"; pkill -\"$1\" -P \"$2\" || true";
        let done = Command::new("sh").args(["-c", script, "sh", signal, &self.postmaster]).status();
        assert!(done.unwrap().success());
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.resume();
        drop(self.script.stdin.take());
        let _ = self.script.wait();
    }
}
