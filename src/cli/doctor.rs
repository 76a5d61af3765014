//! `klantportaal doctor`

use std::io::Write;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::context::CliError;
use crate::clock::Clock;
use crate::config::Config;
use crate::doctor::{Check, Diagnosis, Severity, examine};

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Also check that public-url and the other configured addresses lead to the server
    #[arg(long)]
    ask_addresses: bool,

    /// Print the result as one JSON value
    #[arg(long)]
    json: bool,
}

impl Doctor {
    /// Prints the results; the exit code is 0 without problems, 1 for warnings only, 2 for errors.
    pub(super) async fn run(self, config: &Config) -> Result<ExitCode, CliError> {
        let diagnosis = examine(config, &Clock::default(), self.ask_addresses).await;
        if self.json {
            super::context::print(&as_json(&diagnosis))?;
        } else {
            write!(std::io::stdout().lock(), "{}", as_text(&diagnosis))?;
        }
        Ok(match diagnosis.worst() {
            None => ExitCode::SUCCESS,
            Some(Severity::Warning) => ExitCode::from(1),
            Some(Severity::Fault) => ExitCode::from(2),
        })
    }
}

fn as_json(diagnosis: &Diagnosis) -> serde_json::Value {
    let findings = diagnosis.findings.iter().map(|finding| {
        json!({
            "check": finding.check.name(),
            "severity": finding.severity.name(),
            "problem": finding.problem,
            "reason": finding.reason,
            "remedy": finding.remedy,
        })
    });
    let names = |checks: &[Check]| checks.iter().map(|check| check.name()).collect::<Vec<_>>();
    json!({
        "status": diagnosis.worst().map_or("fine", Severity::name),
        "checked": names(&diagnosis.checked),
        "notChecked": names(&not_checked(diagnosis)),
        "findings": findings.collect::<Vec<_>>(),
    })
}

fn not_checked(diagnosis: &Diagnosis) -> Vec<Check> {
    Check::ALL.into_iter().filter(|check| !diagnosis.checked.contains(check)).collect()
}

fn as_text(diagnosis: &Diagnosis) -> String {
    let mut text = String::new();
    for finding in &diagnosis.findings {
        text += &format!("{finding}\n\n");
    }
    let is_fine = |check: &Check| diagnosis.findings.iter().all(|finding| finding.check != *check);
    let titles = |checks: Vec<Check>| {
        checks.iter().map(|check| check.title()).collect::<Vec<_>>().join(", ")
    };
    let fine: Vec<Check> = diagnosis.checked.iter().copied().filter(is_fine).collect();
    if !fine.is_empty() {
        text += &format!("fine: {}\n", titles(fine));
    }
    let not_checked = not_checked(diagnosis);
    if !not_checked.is_empty() {
        text += &format!("not checked, as the database cannot be used: {}\n", titles(not_checked));
    }
    text
}
