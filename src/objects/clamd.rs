//! A client of clamd, the scanner of ClamAV, with its command `INSTREAM` (`man clamd`): a content in
//! pieces, each behind its length in four bytes, then a length of zero; and the verdict.

use std::io;
use std::time::Duration;

use futures_util::TryStreamExt;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use super::finding::Finding;
use super::object::Object;
use super::scanner_address::ScannerAddress;

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// How long to wait for the next piece of the content, and for clamd to take it.
pub(super) const PIECE: Duration = Duration::from_secs(30);

/// How long to wait for the verdict: a minute longer than clamd scans by default (`MaxScanTime`).
const ANSWER: Duration = Duration::from_secs(180);

/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: u64 = 4096;

/// The most letters of an answer that are kept.
const LONGEST_KEPT: usize = 200;

/// What clamd is told before a content: a command that ends with a zero, as its answer then does.
pub(super) const COMMAND: &[u8] = b"zINSTREAM\0";

/// What clamd thinks of a content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing was found.
    Clean,
    /// It must not be passed on.
    Refused(Finding),
}

/// Why a content could not be scanned this time.
#[derive(Debug, thiserror::Error)]
pub enum ScanFault {
    /// There is no connection.
    #[error("clamd can't be reached: {0}")]
    Unreachable(io::Error),
    /// The connection broke.
    #[error("the connection to clamd broke: {0}")]
    Broken(io::Error),
    /// Clamd ended the connection too early.
    #[error("clamd ended the connection without a verdict")]
    Ended,
    /// Clamd is too slow.
    #[error("clamd took longer than {} seconds", .0.as_secs())]
    TooSlow(Duration),
    /// Clamd says something else than a verdict.
    #[error("clamd answered {0:?}")]
    Answer(String),
    /// The content can't be read.
    #[error("the content can't be read: {0}")]
    Content(io::Error),
    /// The store of contents is away.
    #[error("the content can't be asked for: {0}")]
    Store(io::Error),
    /// There is no content.
    #[error("the content is missing")]
    Missing,
}

/// A clamd. Each scan has a connection of its own.
#[derive(Debug, Clone)]
pub struct Clamd {
    address: ScannerAddress,
    answer_within: Duration,
}

pub(super) trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

impl Clamd {
    /// The one at an address.
    pub const fn new(address: ScannerAddress) -> Self {
        Self { address, answer_within: ANSWER }
    }

    /// Has a content scanned, of which a few pieces at most are in memory.
    ///
    /// # Errors
    /// When there is no verdict.
    pub async fn scan(&self, content: Object) -> Result<Verdict, ScanFault> {
        let mut connection = self.connect().await?;
        let sent = send(&mut connection, content).await;
        if let Err(fault @ ScanFault::Content(_)) = sent {
            return Err(fault);
        }
        let verdict = self.verdict(&mut connection).await;
        match (sent, verdict) {
            (Ok(()), verdict) => verdict,
            // It said why it read no further.
            (Err(_), Ok(Verdict::Refused(why))) => Ok(Verdict::Refused(why)),
            (Err(_), Err(fault @ ScanFault::Answer(_))) => Err(fault),
            (Err(fault), _) => Err(fault),
        }
    }

    pub(super) async fn connect(&self) -> Result<Box<dyn Connection>, ScanFault> {
        let connecting = async {
            Ok(match &self.address {
                ScannerAddress::Socket(path) => {
                    Box::new(UnixStream::connect(path).await?) as Box<dyn Connection>
                }
                ScannerAddress::Tcp(host) => Box::new(TcpStream::connect(host).await?),
            })
        };
        match timeout(CONNECT, connecting).await {
            Ok(connected) => connected.map_err(ScanFault::Unreachable),
            Err(_) => Err(ScanFault::Unreachable(io::ErrorKind::TimedOut.into())),
        }
    }

    /// The verdict that is said.
    pub(super) async fn verdict(
        &self,
        connection: &mut Box<dyn Connection>,
    ) -> Result<Verdict, ScanFault> {
        verdict(&answer(connection, self.answer_within).await?)
    }
}

/// What is said up to the zero, within a time.
pub(super) async fn answer(
    connection: &mut Box<dyn Connection>,
    limit: Duration,
) -> Result<String, ScanFault> {
    let mut answer = Vec::new();
    let reading = async {
        let mut connection = connection.take(LONGEST_ANSWER);
        let mut part = [0; 512];
        while !answer.contains(&0) {
            match connection.read(&mut part).await? {
                0 => break,
                count => answer.extend_from_slice(&part[..count]),
            }
        }
        Ok(())
    };
    within(limit, reading).await?;
    let end = answer.iter().position(|byte| *byte == 0).ok_or_else(|| match answer.len() {
        0 => ScanFault::Ended,
        _ => ScanFault::Answer(start_of(&readable(&answer))),
    })?;
    Ok(readable(&answer[..end]))
}

/// Sends a content, whose end is told only when all of it was sent.
async fn send(connection: &mut Box<dyn Connection>, content: Object) -> Result<(), ScanFault> {
    let (size, mut pieces, mut sent) = (content.size, content.all(), 0);
    within(PIECE, connection.write_all(COMMAND)).await?;
    loop {
        let piece = match timeout(PIECE, pieces.try_next()).await {
            Ok(piece) => piece.map_err(ScanFault::Content)?,
            Err(_) => return Err(ScanFault::Content(io::ErrorKind::TimedOut.into())),
        };
        let Some(piece) = piece else { break };
        // A length of zero would end the content.
        if !piece.is_empty() {
            let length = u32::try_from(piece.len()).map_err(|_| {
                ScanFault::Content(io::Error::other("a piece is longer than clamd can be told"))
            })?;
            within(PIECE, connection.write_all(&length.to_be_bytes())).await?;
            within(PIECE, connection.write_all(&piece)).await?;
            sent += piece.len() as u64;
        }
    }
    if sent != size {
        let fault = format!("{sent} bytes were read, and it has {size}");
        return Err(ScanFault::Content(io::Error::other(fault)));
    }
    within(PIECE, connection.write_all(&0_u32.to_be_bytes())).await?;
    within(PIECE, connection.flush()).await
}

pub(super) async fn within<T>(
    limit: Duration,
    work: impl Future<Output = io::Result<T>>,
) -> Result<T, ScanFault> {
    match timeout(limit, work).await {
        Ok(done) => done.map_err(ScanFault::Broken),
        Err(_) => Err(ScanFault::TooSlow(limit)),
    }
}

/// What an answer says.
fn verdict(answer: &str) -> Result<Verdict, ScanFault> {
    if answer == "stream: OK" {
        return Ok(Verdict::Clean);
    }
    let found = answer.strip_prefix("stream: ").and_then(|found| found.strip_suffix(" FOUND"));
    match found {
        Some(name) if !name.is_empty() => Ok(Verdict::Refused(Finding::Found(start_of(name)))),
        _ if answer.starts_with("INSTREAM size limit exceeded") => {
            Ok(Verdict::Refused(Finding::TooLarge))
        }
        _ => Err(ScanFault::Answer(start_of(answer))),
    }
}

/// What was said, as a line for people.
fn readable(answer: &[u8]) -> String {
    let text = String::from_utf8_lossy(answer);
    text.chars().filter(|letter| !letter.is_control()).collect()
}

pub(super) fn start_of(text: &str) -> String {
    text.chars().take(LONGEST_KEPT).collect()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures_util::{Stream, StreamExt, stream};
    use tokio::net::UnixListener;
    use tokio::task::JoinHandle;

    use super::*;

    /// A clamd on a socket of its own.
    struct Fake {
        clamd: Clamd,
        /// What it received of the one connection.
        received: JoinHandle<Vec<u8>>,
        _folder: tempfile::TempDir,
    }

    impl Fake {
        /// One that reads so many bytes, says something in these parts and, if it `ends`, closes.
        fn saying(read: usize, parts: &'static [&'static [u8]], ends: bool) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("clamd.ctl");
            let listener = UnixListener::bind(&path).unwrap();
            let received = tokio::spawn(async move {
                let (mut connection, _) = listener.accept().await.unwrap();
                let mut received = vec![0; read];
                connection.read_exact(&mut received).await.unwrap();
                for part in parts {
                    connection.write_all(part).await.unwrap();
                    tokio::task::yield_now().await;
                }
                if !ends {
                    // Until the client goes.
                    let mut rest = Vec::new();
                    connection.read_to_end(&mut rest).await.unwrap();
                }
                received
            });
            let clamd = Clamd::new(ScannerAddress::Socket(path));
            Self { clamd, received, _folder: folder }
        }

        async fn scan(&self, content: &'static str) -> Result<Verdict, ScanFault> {
            self.clamd.scan(Object::of_bytes(content)).await
        }
    }

    /// A content that is said to have so many bytes.
    fn content(
        size: u64,
        pieces: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    ) -> Object {
        Object::elsewhere(size, |_| pieces.boxed())
    }

    /// One that is too large to be sent before anybody reads it.
    fn large() -> Object {
        let piece = || Ok(Bytes::from_static(&[1; 65_536]));
        content(500 * 65_536, stream::repeat_with(piece).take(500))
    }

    /// What is sent for a content of three bytes.
    const THREE: &[u8] = b"zINSTREAM\0\0\0\0\x03een\0\0\0\0";

    #[tokio::test]
    async fn a_content_is_sent_in_pieces_with_their_lengths() {
        let fake = Fake::saying(THREE.len(), &[b"stream: OK\0"], true);
        assert_eq!(fake.scan("een").await.unwrap(), Verdict::Clean);
        assert_eq!(fake.received.await.unwrap(), THREE);
        // An empty piece would be the end.
        let expected = b"zINSTREAM\0\0\0\0\x01a\0\0\0\x02bc\0\0\0\0";
        let fake = Fake::saying(expected.len(), &[b"stream: OK\0"], true);
        let pieces = ["", "a", "", "bc"].map(|piece| Ok(Bytes::from(piece)));
        assert_eq!(
            fake.clamd.scan(content(3, stream::iter(pieces))).await.unwrap(),
            Verdict::Clean
        );
        assert_eq!(fake.received.await.unwrap(), expected);
    }

    #[tokio::test]
    async fn what_is_found_is_named() {
        let fake = Fake::saying(THREE.len(), &[b"stream: Eicar FO", b"UND\0"], true);
        assert_eq!(
            fake.scan("een").await.unwrap(),
            Verdict::Refused(Finding::Found("Eicar".into()))
        );
        assert_eq!(
            verdict(&format!("stream: {} FOUND", "v".repeat(900))).unwrap(),
            Verdict::Refused(Finding::Found("v".repeat(LONGEST_KEPT)))
        );
        assert_eq!(readable(b"stream: a\x1bb\n FOUND"), "stream: ab FOUND");
    }

    #[tokio::test]
    async fn only_a_whole_verdict_counts() {
        let answers: [&'static [&'static [u8]]; 7] = [
            &[b"stream: OK"],
            &[b"stream: OK\n"],
            &[b"OK\0"],
            &[b"stream: OK ERROR\0"],
            &[b"stream:  FOUND\0"],
            &[b"UNKNOWN COMMAND\0"],
            &[b"Can't allocate memory ERROR\0"],
        ];
        for parts in answers {
            let fake = Fake::saying(THREE.len(), parts, true);
            let fault = fake.scan("een").await.unwrap_err();
            assert!(matches!(fault, ScanFault::Answer(_)), "{parts:?}: {fault}");
        }
        let fake = Fake::saying(THREE.len(), &[], true);
        assert!(matches!(fake.scan("een").await.unwrap_err(), ScanFault::Ended));
    }

    #[tokio::test]
    async fn an_endless_answer_is_cut_off() {
        const PART: &[u8] = &[b'x'; 8192];
        let fake = Fake::saying(THREE.len(), &[PART], false);
        let fault = fake.scan("een").await.unwrap_err();
        let ScanFault::Answer(said) = fault else { panic!("{fault}") };
        assert_eq!(said, "x".repeat(LONGEST_KEPT));
    }

    #[tokio::test]
    async fn a_verdict_that_does_not_come_is_not_waited_for() {
        let mut fake = Fake::saying(THREE.len(), &[b"stream:"], false);
        fake.clamd.answer_within = Duration::from_millis(50);
        assert!(matches!(fake.scan("een").await.unwrap_err(), ScanFault::TooSlow(_)));
    }

    #[tokio::test]
    async fn a_content_that_is_too_large_is_refused_while_it_is_sent() {
        let fake = Fake::saying(14, &[b"INSTREAM size limit exceeded. ERROR\0"], true);
        let verdict = fake.clamd.scan(large()).await.unwrap();
        assert_eq!(verdict, Verdict::Refused(Finding::TooLarge));
    }

    /// A verdict on a part of a content is none.
    #[tokio::test]
    async fn clean_is_not_believed_before_everything_is_sent() {
        let fake = Fake::saying(14, &[b"stream: OK\0"], true);
        let fault = fake.clamd.scan(large()).await.unwrap_err();
        assert!(matches!(fault, ScanFault::Broken(_)), "{fault}");
        let fake = Fake::saying(14, &[b"stream: OK\0"], false);
        let lost = [Ok(Bytes::from_static(b"een")), Err(io::Error::other("lost"))];
        let fault = fake.clamd.scan(content(6, stream::iter(lost))).await.unwrap_err();
        assert!(matches!(fault, ScanFault::Content(_)), "{fault}");
    }

    #[tokio::test]
    async fn a_content_of_another_size_than_it_says_is_not_scanned() {
        for size in [2, 4] {
            let read = THREE.len() - 4;
            let fake = Fake::saying(read, &[], false);
            let pieces = stream::iter([Ok(Bytes::from_static(b"een"))]);
            let fault = fake.clamd.scan(content(size, pieces)).await.unwrap_err();
            assert!(matches!(fault, ScanFault::Content(_)), "{fault}");
            assert_eq!(fake.received.await.unwrap(), &THREE[..read]);
        }
    }

    #[tokio::test]
    async fn nobody_listens() {
        let folder = tempfile::tempdir().unwrap();
        let clamd = Clamd::new(ScannerAddress::Socket(folder.path().join("clamd.ctl")));
        let fault = clamd.scan(Object::of_bytes("een")).await.unwrap_err();
        assert!(matches!(fault, ScanFault::Unreachable(_)), "{fault}");
    }
}
