//! A stream that bounds what a server can send.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What a server may send, in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowance {
    /// Outside of literals.
    pub(super) text: usize,
    /// In literals (RFC 3501 section 4.3), such as mails.
    pub(super) literals: usize,
}

/// A server sends more than it may.
#[derive(Debug, thiserror::Error)]
#[error("the server sends more than it may")]
pub(super) struct TooMuch;

/// A stream from a server that may send only so much, and may not announce more: the reader of a literal takes the
/// memory for all of it at once. The end of the stream is an error.
#[derive(Debug)]
pub(super) struct BoundedStream<S> {
    inner: S,
    left: Allowance,
    /// The line so far; of one that goes on behind a literal its [`BEGINNING`].
    line: Vec<u8>,
    /// How many parentheses it opened.
    parentheses: usize,
    /// How many bytes of the present literal are still to come.
    literal: usize,
}

/// How many bytes of a line tell what it is about.
const BEGINNING: usize = 3;

/// How many parentheses a line may open. What stands in them is parsed by recursion, which ends the process when it
/// goes too deep.
const MOST_PARENTHESES: usize = 10;

impl<S> BoundedStream<S> {
    /// A stream by which nothing may come yet.
    pub(super) const fn new(inner: S) -> Self {
        let left = Allowance { text: 0, literals: 0 };
        Self { inner, left, line: Vec::new(), parentheses: 0, literal: 0 }
    }

    /// Allows the next answer; what is left of an earlier allowance is lost.
    pub(super) const fn allow(&mut self, allowance: Allowance) {
        self.left = allowance;
    }

    pub(super) fn into_inner(self) -> S {
        self.inner
    }

    fn count(&mut self, mut read: &[u8]) -> Result<(), TooMuch> {
        while !read.is_empty() {
            let of_literal = read.len().min(self.literal);
            self.literal -= of_literal;
            read = &read[of_literal..];
            let end = read.iter().position(|byte| *byte == b'\n').map_or(read.len(), |at| at + 1);
            let (text, rest) = read.split_at(end);
            self.left.text = self.left.text.checked_sub(text.len()).ok_or(TooMuch)?;
            self.parentheses += text.iter().filter(|byte| **byte == b'(').count();
            if self.parentheses > MOST_PARENTHESES {
                return Err(TooMuch);
            }
            self.line.extend_from_slice(text);
            if text.ends_with(b"\n") {
                self.end_line()?;
            }
            read = rest;
        }
        Ok(())
    }

    fn end_line(&mut self) -> Result<(), TooMuch> {
        let Some(size) = announced(&self.line) else {
            self.line.clear();
            self.parentheses = 0;
            return Ok(());
        };
        // In other lines it can be part of a text, and then a literal could hide in what is taken for one.
        if !is_about_mail(&self.line) {
            return Err(TooMuch);
        }
        self.left.literals = self.left.literals.checked_sub(size).ok_or(TooMuch)?;
        self.literal = size;
        self.line.truncate(BEGINNING);
        Ok(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for BoundedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(context, buffer))?;
        let read = &buffer.filled()[before..];
        if read.is_empty() {
            let kind = io::ErrorKind::UnexpectedEof;
            return Poll::Ready(Err(io::Error::new(kind, "it closed the connection")));
        }
        Poll::Ready(self.count(read).map_err(io::Error::other))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for BoundedStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

/// The size of the literal that a line announces at its end.
fn announced(line: &[u8]) -> Option<usize> {
    let line = line.strip_suffix(b"}\r\n")?;
    let digits = &line[line.iter().rposition(|byte| *byte == b'{')? + 1..];
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(str::from_utf8(digits).ok()?.parse().unwrap_or(usize::MAX))
}

/// Whether a line begins as `* 7 FETCH` does.
fn is_about_mail(line: &[u8]) -> bool {
    line.strip_prefix(b"* ").and_then(<[u8]>::first).is_some_and(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const ALLOWANCE: Allowance = Allowance { text: 100, literals: 1000 };

    /// Reads what a server sends in pieces of so many bytes.
    async fn read(sent: &[u8], piece: usize) -> io::Result<()> {
        let (here, mut there) = tokio::io::duplex(piece);
        let mut stream = BoundedStream::new(here);
        stream.allow(ALLOWANCE);
        let written = sent.to_vec();
        tokio::spawn(async move { there.write_all(&written).await });
        let (mut all, mut piece) = (0, [0; 64]);
        while all < sent.len() {
            all += stream.read(&mut piece).await?;
        }
        Ok(())
    }

    async fn is_too_much(sent: &[u8]) -> bool {
        let mut found = Vec::new();
        for piece in [1, 7, 4096] {
            let fault = read(sent, piece).await.err();
            found.push(fault.is_some_and(|fault| fault.get_ref().unwrap().is::<TooMuch>()));
        }
        assert!(found.iter().all(|is| *is == found[0]), "{found:?}");
        found[0]
    }

    #[tokio::test]
    async fn a_server_can_send_and_announce_only_what_is_allowed() {
        let mail = |size: usize| {
            [
                format!("* 1 FETCH (BODY[] {{{size}}}\r\n").into_bytes(),
                vec![b'x'; size],
                b")\r\n".to_vec(),
            ]
            .concat()
        };
        assert!(!is_too_much(&mail(1000)).await);
        assert!(is_too_much(&mail(1001)[..60]).await);
        assert!(is_too_much(&[mail(500), mail(501)].concat()).await, "all literals count");
        assert!(is_too_much(b"* 1 FETCH (BODY[] {99999999999999999999999}\r\n").await);
        assert!(!is_too_much(&[b'x'; 100]).await);
        assert!(is_too_much(&[b'x'; 101]).await);
        assert!(is_too_much(&b"* OK\r\n".repeat(17)).await);
    }

    #[tokio::test]
    async fn what_a_literal_says_is_not_counted_as_an_announcement() {
        let mail = b"* 1 FETCH (BODY[] {9}\r\n {5000}\r\n RFC822.HEADER {3}\r\nabc)\r\nk OK\r\n";
        assert!(!is_too_much(mail).await);
        assert!(
            is_too_much(b"* 1 FETCH (BODY[] {1}\r\n {5000}\r\n").await,
            "the line ends behind it"
        );
        assert!(!is_too_much(b"* 1 FETCH (FLAGS ({}\r\n* OK {a}\r\n* OK 5}\r\n").await);
    }

    #[tokio::test]
    async fn no_literal_hides_in_a_text() {
        for line in ["* OK {90}\r\n", "+ {90}\r\n", "k OK {90}\r\n", "* LIST () \"/\" {9}\r\n"] {
            assert!(is_too_much(line.as_bytes()).await, "{line}");
        }
    }

    #[tokio::test]
    async fn lines_open_few_parentheses() {
        assert!(!is_too_much(&b"* 1 FETCH (FLAGS (\\Seen))\r\n".repeat(3)).await);
        assert!(!is_too_much(&[&[b'('; 10][..], b"\r\n(\r\n"].concat()).await);
        assert!(is_too_much(&[b'('; 11]).await);
        assert!(is_too_much(b"* 1 FETCH (((((( {1}\r\nx(((((").await, "it is the same line");
        assert!(!is_too_much(b"* 1 FETCH (X {12}\r\n(((((((((((())\r\n").await);
    }

    #[tokio::test]
    async fn an_end_is_an_error() {
        let (here, there) = tokio::io::duplex(64);
        drop(there);
        let mut stream = BoundedStream::new(here);
        let error = stream.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
