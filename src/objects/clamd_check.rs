//! Checks whether clamd is set up as it has to be, by having harmless contents scanned.

use std::time::Duration;

use tokio::io::AsyncWriteExt;

use super::clamd::{COMMAND, Clamd, PIECE, ScanFault, Verdict, answer, start_of, within};
use super::object::Object;

/// The test file of EICAR, which every scanner reports, in two parts: otherwise scanners would report
/// whatever contains this text.
const TEST_FILE: [&str; 2] =
    [r"X5O!P%@AP[4\PZX54(P^)7CC)7}", "$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"];

/// How many archives are within one another: more than `MaxRecursion` can be.
const LAYERS: usize = 120;

/// How long clamd has to tell that it is there, which it does beside its scans.
const PONG: Duration = Duration::from_secs(10);

/// The length of a block of a tar archive.
const BLOCK: usize = 512;

impl Clamd {
    /// Asks clamd whether it is there (`PING`). It answers once it has loaded its signatures.
    ///
    /// # Errors
    /// When it doesn't answer within ten seconds.
    pub async fn ping(&self) -> Result<(), ScanFault> {
        let mut connection = self.connect().await?;
        within(PONG, connection.write_all(b"zPING\0")).await?;
        match answer(&mut connection, PONG).await? {
            pong if pong == "PONG" => Ok(()),
            other => Err(ScanFault::Answer(start_of(&other))),
        }
    }

    /// Whether clamd accepts contents of so many bytes (`StreamMaxLength`), of which none is sent.
    ///
    /// # Errors
    /// When clamd can't be asked.
    pub async fn accepts_size(&self, bytes: u64) -> Result<bool, ScanFault> {
        let mut connection = self.connect().await?;
        let length = u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes();
        // It may have refused and gone before the end is told.
        let asked = async {
            connection.write_all(COMMAND).await?;
            connection.write_all(&length).await?;
            connection.shutdown().await
        };
        let asked = within(PIECE, asked).await;
        match self.verdict(&mut connection).await {
            Ok(Verdict::Refused(_)) => Ok(false),
            Ok(Verdict::Clean) => Err(ScanFault::Answer("stream: OK".to_owned())),
            Err(ScanFault::Ended) => asked.map(|()| true),
            Err(fault) => Err(fault),
        }
    }

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

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;
    use tokio::net::UnixListener;

    use super::*;
    use crate::objects::ScannerAddress;

    #[tokio::test]
    async fn only_a_clamd_that_answers_is_there() {
        for (answer, is_there) in
            [(&b"PONG\0"[..], true), (b"UNKNOWN COMMAND\0", false), (b"", false)]
        {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("clamd.ctl");
            let listener = UnixListener::bind(&path).unwrap();
            let asked = tokio::spawn(async move {
                let (mut connection, _) = listener.accept().await.unwrap();
                let mut command = [0; 6];
                connection.read_exact(&mut command).await.unwrap();
                connection.write_all(answer).await.unwrap();
                command
            });
            let clamd = Clamd::new(ScannerAddress::Socket(path));
            assert_eq!(clamd.ping().await.is_ok(), is_there, "{answer:?}");
            assert_eq!(&asked.await.unwrap(), b"zPING\0");
            assert!(clamd.ping().await.is_err(), "nobody listens any more");
        }
    }
}
