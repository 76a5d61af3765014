//! Checks the virus scanner, and whether files wait for it.

use jiff::{SignedDuration, Timestamp};

use super::finding::{Check, Finding, unanswered};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::objects::{Clamd, ScanFault, ScannerAddress, Waiting, waiting_for_scan};
use crate::quotas::MEGABYTE;

/// How long a content waits at most, while all is well.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(10);

/// The largest files that ClamAV scans, in megabytes, whatever its settings are (`man clamd.conf`).
const MOST_MEGABYTES: u32 = 2048;

pub(super) async fn examine(config: &Config, db: &Db, clock: &Clock) -> Vec<Finding> {
    let waiting = match waiting_for_scan(db).await {
        Ok(waiting) => waiting,
        Err(error) => return vec![unanswered(Check::Scanner, &error, db)],
    };
    let Some(address) = &config.files.scanner else {
        return without_scanner(&waiting).into_iter().collect();
    };
    let largest = config.quotas.max_file_megabytes;
    let mut findings = examine_clamd(address, largest).await;
    if largest > MOST_MEGABYTES {
        findings.push(Check::Scanner.warning(
            format!("max-file-megabytes is {largest}, and ClamAV scans files up to 2 GB"),
            "larger files are blocked, because they can't be scanned",
            format!("lower max-file-megabytes to {MOST_MEGABYTES}"),
        ));
    }
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

async fn examine_clamd(address: &ScannerAddress, largest: u32) -> Vec<Finding> {
    let clamd = Clamd::new(address.clone());
    if let Err(fault) = clamd.ping().await {
        return vec![away(address, &fault)];
    }
    let answers = [
        (clamd.finds_test_file().await, finds_nothing()),
        (clamd.refuses_what_exceeds_limits().await, releases_what_exceeds_limits()),
        (clamd.accepts_size(u64::from(largest) * MEGABYTE).await, accepts_less(largest)),
    ];
    let findings = answers.into_iter().filter_map(|(answer, finding)| match answer {
        Ok(true) => None,
        Ok(false) => Some(finding),
        Err(fault) => Some(away(address, &fault)),
    });
    let mut findings: Vec<Finding> = findings.collect();
    findings.dedup_by(|one, other| one.problem == other.problem);
    findings
}

fn away(address: &ScannerAddress, fault: &ScanFault) -> Finding {
    let remedy = match fault {
        ScanFault::Unreachable(_) => {
            format!("start clamd, let the server's user reach {address}, or correct scanner")
        }
        ScanFault::Answer(_) => {
            format!("correct scanner if {address} isn't clamd's; otherwise see clamd's log")
        }
        _ => "wait if clamd has just started and loads its signatures; otherwise see its log, also for a lack \
              of memory, and restart it"
            .to_owned(),
    };
    Check::Scanner.fault(
        format!("{address}: {fault}"),
        "nobody can download files that were stored since the scanner is away",
        remedy,
    )
}

fn finds_nothing() -> Finding {
    Check::Scanner.fault(
        "clamd does not find the test file of EICAR",
        "it finds nothing: files with viruses are downloaded",
        "load the signatures of ClamAV (freshclam), and restart clamd",
    )
}

fn releases_what_exceeds_limits() -> Finding {
    Check::Scanner.fault(
        "clamd calls what exceeds its limits clean",
        "an archive that is packed too large or too deep hides a virus",
        "set AlertExceedsMax yes in clamd.conf, and restart clamd",
    )
}

/// Of the limits on sizes, only StreamMaxLength can be tried out.
fn accepts_less(largest: u32) -> Finding {
    Check::Scanner.warning(
        format!("StreamMaxLength of clamd is smaller than max-file-megabytes ({largest})"),
        "larger files are blocked, because they can't be scanned",
        format!(
            "set StreamMaxLength and MaxFileSize to {largest}M and MaxScanSize to {}M in clamd.conf and restart clamd, \
             or lower max-file-megabytes; afterwards klantportaal files scan-again --blocked",
            u64::from(largest) * 4
        ),
    )
}

fn waited(Waiting { count, since }: &Waiting, now: Timestamp) -> Option<Finding> {
    let since = since.filter(|since| now.duration_since(*since) > LONGEST_WAIT)?;
    Some(Check::Scanner.warning(
        format!("files wait for the scanner since {since}: {count}"),
        "nobody can download them",
        "klantportaal jobs list --kind scan_content tells why; if clamd works again and they still wait after some minutes, klantportaal files scan-again --waiting",
    ))
}
