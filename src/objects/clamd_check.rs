//! Checks whether clamd is set up as it has to be, by having harmless contents scanned.

use super::clamd::{Clamd, ScanFault, Verdict};
use super::object::Object;

/// The test file of EICAR, which every scanner reports, in two parts: otherwise scanners would report
/// whatever contains this text.
const TEST_FILE: [&str; 2] =
    [r"X5O!P%@AP[4\PZX54(P^)7CC)7}", "$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"];

/// How many archives are within one another: more than `MaxRecursion` can be.
const LAYERS: usize = 120;

/// The length of a block of a tar archive.
const BLOCK: usize = 512;

impl Clamd {
    /// Whether it reports the test file of EICAR, as it does with signatures of ClamAV.
    ///
    /// # Errors
    /// When there is no verdict.
    pub async fn finds_test_file(&self) -> Result<bool, ScanFault> {
        self.refuses(TEST_FILE.concat().into_bytes()).await
    }

    /// Whether it refuses what it can only scan a part of (`AlertExceedsMax`), such as an archive with too
    /// many archives within one another.
    ///
    /// # Errors
    /// When there is no verdict.
    pub async fn refuses_what_exceeds_limits(&self) -> Result<bool, ScanFault> {
        self.refuses((0..LAYERS).fold(b"end".to_vec(), |content, _| tar(&content))).await
    }

    async fn refuses(&self, content: Vec<u8>) -> Result<bool, ScanFault> {
        let verdict = self.scan(Object::of_bytes(content)).await?;
        Ok(matches!(verdict, Verdict::Refused(_)))
    }
}

/// An archive with one file (POSIX.1-1988, `ustar`), without the blocks at its end.
fn tar(content: &[u8]) -> Vec<u8> {
    let mut header = vec![0; BLOCK];
    let mut write = |at: usize, text: &str| {
        header[at..at + text.len()].copy_from_slice(text.as_bytes());
    };
    write(0, "layer.tar");
    write(100, "0000644\0");
    write(124, &format!("{:011o}\0", content.len()));
    write(156, "0");
    write(257, "ustar\0");
    write(263, "00");
    // The sum of the header counts its own eight letters as spaces.
    write(148, "        ");
    let sum: u32 = header.iter().copied().map(u32::from).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header.extend_from_slice(content);
    header.resize(header.len().next_multiple_of(BLOCK), 0);
    header
}
