//! Checks the virus scanner, and whether files wait for it.

use jiff::{SignedDuration, Timestamp};

use super::finding::{Check, Finding, unanswered};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::objects::{Clamd, ScanFault, Waiting, waiting_for_scan};
use crate::quotas::MEGABYTE;

/// How long a content waits at most, while all is well.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(10);

pub(super) async fn examine(config: &Config, db: &Db, clock: &Clock) -> Vec<Finding> {
    let waiting = match waiting_for_scan(db).await {
        Ok(waiting) => waiting,
        Err(error) => return vec![unanswered(Check::Scanner, &error, db)],
    };
    let Some(address) = &config.files.scanner else {
        return without_scanner(&waiting).into_iter().collect();
    };
    let clamd = Clamd::new(address.clone());
    let largest = config.quotas.max_file_megabytes;
    let mut findings = match examine_clamd(&clamd, largest).await {
        Ok(findings) => findings,
        Err(fault) => vec![Check::Scanner.fault(
            format!("{address}: {fault}"),
            "nobody can download files that were stored since the scanner is away",
            format!("start clamd, let the server's user reach {address}, or correct scanner"),
        )],
    };
    findings.extend(waited(&waiting, clock.now()));
    findings
}

fn without_scanner(Waiting { count, .. }: &Waiting) -> Option<Finding> {
    (*count > 0).then(|| {
        Check::Scanner.warning(
            format!("scanner is not set, and files wait for it: {count}"),
            "nobody can download them",
            "set scanner as the other processes do; if it was switched off for good, klantportaal files release-waiting",
        )
    })
}

async fn examine_clamd(clamd: &Clamd, largest: u32) -> Result<Vec<Finding>, ScanFault> {
    let mut findings = Vec::new();
    if !clamd.finds_test_file().await? {
        findings.push(Check::Scanner.fault(
            "clamd does not find the test file of EICAR",
            "it finds nothing: files with viruses are downloaded",
            "load the signatures of ClamAV (freshclam), and restart clamd",
        ));
    }
    if !clamd.refuses_what_exceeds_limits().await? {
        findings.push(Check::Scanner.fault(
            "clamd calls what exceeds its limits clean",
            "an archive that is packed too large or too deep hides a virus",
            "set AlertExceedsMax yes in clamd.conf, and restart clamd",
        ));
    }
    if !clamd.takes(u64::from(largest) * MEGABYTE).await? {
        findings.push(Check::Scanner.warning(
            format!("StreamMaxLength of clamd is smaller than max-file-megabytes ({largest})"),
            "larger files are blocked, because they can't be scanned",
            format!("set StreamMaxLength, MaxFileSize and MaxScanSize to {largest}M in clamd.conf and restart clamd, or lower max-file-megabytes"),
        ));
    }
    Ok(findings)
}

fn waited(Waiting { count, since }: &Waiting, now: Timestamp) -> Option<Finding> {
    let since = since.filter(|since| now.duration_since(*since) > LONGEST_WAIT)?;
    Some(Check::Scanner.warning(
        format!("files wait for the scanner since {since}: {count}"),
        "nobody can download them",
        "klantportaal jobs list --kind scan_content tells why; if clamd works again, they are scanned within minutes",
    ))
}
