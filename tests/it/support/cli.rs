//! The command line, run as an operator runs it.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

/// Takes away this process's own settings of the product.
pub fn without_settings(command: &mut Command) -> &mut Command {
    for (name, _) in
        std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("KLANTPORTAAL_"))
    {
        command.env_remove(name);
    }
    command
}

/// The product's command, without any setting from outside.
pub fn klantportaal() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_klantportaal"));
    without_settings(&mut command).stdin(Stdio::null());
    command
}

/// How a command went.
#[derive(Debug)]
pub struct Ran {
    pub success: bool,
    /// The exit code; none if a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// Runs a command, with `input` on its standard input.
    pub fn with_input(command: &mut Command, input: &str) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that does not read its input may have ended by now.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self {
            success: output.status.success(),
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Runs several commands at the same time.
    pub fn all(commands: Vec<Command>) -> Vec<Self> {
        let running: Vec<_> = commands
            .into_iter()
            .map(|mut command| std::thread::spawn(move || Self::of(&mut command)))
            .collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    }

    pub fn of(command: &mut Command) -> Self {
        Self::with_input(command, "")
    }

    /// The one JSON value that a provisioning command prints.
    #[track_caller]
    pub fn json(&self) -> Value {
        assert!(self.success, "{self:?}");
        assert_eq!(self.stdout.lines().count(), 1, "one line: {self:?}");
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The message of a command that fails, and must.
    #[track_caller]
    pub fn fault(&self) -> &str {
        assert!(!self.success, "should have failed: {self:?}");
        assert_eq!(self.stdout, "", "a failing command prints nothing on stdout");
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        &self.stderr
    }
}
