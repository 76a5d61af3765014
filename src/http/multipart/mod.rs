//! Reads `multipart/form-data` (RFC 7578, RFC 2046 section 5.1) piece by piece, with a bounded
//! buffer: it holds a part's headers, or a piece of its content, but never a whole file.

mod body;
#[cfg(test)]
mod fuzz;
mod head;

use std::fmt;

use bytes::{Buf, Bytes, BytesMut};

pub(crate) use body::{MultipartBody, is_multipart, text};
pub(crate) use head::Head;

/// The maximum length of a part's headers, in bytes.
const LONGEST_HEAD: usize = 8 * 1024;

/// The maximum length of what precedes the first part, and of the spaces after a boundary, in bytes.
const LONGEST_GAP: usize = 1024;

/// A reader that is fed with pieces of a body.
#[derive(Debug)]
pub(crate) struct Multipart {
    /// A line break, two hyphens and the boundary.
    delimiter: Vec<u8>,
    buffer: BytesMut,
    state: State,
    /// How many bytes of the buffer were searched for the end of a part's headers.
    searched: usize,
    /// How many bytes were looked at to find it, of all parts.
    #[cfg(test)]
    looked_at: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first part.
    Preamble,
    /// After a delimiter.
    Delimited,
    /// In the headers of a part.
    Head,
    /// In the content of a part.
    Content,
    /// After the last part. What follows is ignored.
    End,
}

/// What comes next in a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A part begins.
    Part(Head),
    /// A piece of its content.
    Content(Bytes),
    /// The body is complete.
    End,
}

/// Why a body is malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed(&'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Multipart {
    /// A reader of a body with this boundary.
    pub(crate) fn new(boundary: &str) -> Self {
        let delimiter = [b"\r\n--", boundary.as_bytes()].concat();
        // The first delimiter needs no line break before it.
        Self {
            delimiter,
            buffer: BytesMut::from("\r\n"),
            state: State::Preamble,
            searched: 0,
            #[cfg(test)]
            looked_at: 0,
        }
    }

    /// Adds a piece of the body. Whoever adds one first reads all events of those before.
    pub(crate) fn feed(&mut self, piece: &[u8]) {
        if self.state != State::End {
            self.buffer.extend_from_slice(piece);
        }
    }

    /// The next event; `None` until more is fed.
    ///
    /// # Errors
    /// When the body is malformed.
    pub(crate) fn next(&mut self) -> Result<Option<Event>, Malformed> {
        loop {
            match self.state {
                State::Preamble => match self.up_to_delimiter() {
                    (preamble, _) if preamble > LONGEST_GAP => {
                        return Err(Malformed("it doesn't begin with its boundary"));
                    }
                    (_, true) => self.state = State::Delimited,
                    (_, false) => return Ok(None),
                },
                State::Delimited => match self.after_delimiter()? {
                    Some(state) => self.state = state,
                    None => return Ok(None),
                },
                State::Head => {
                    let Some(head) = self.head()? else { return Ok(None) };
                    self.state = State::Content;
                    return Ok(Some(Event::Part(head)));
                }
                State::Content => {
                    let (length, is_end) = self.up_to_delimiter_kept();
                    if length > 0 {
                        return Ok(Some(Event::Content(self.buffer.split_to(length).freeze())));
                    }
                    if !is_end {
                        return Ok(None);
                    }
                    self.buffer.advance(self.delimiter.len());
                    self.state = State::Delimited;
                }
                State::End => return Ok(Some(Event::End)),
            }
        }
    }

    /// How many bytes precede the delimiter, and whether it is there. What can be its beginning
    /// isn't counted.
    fn up_to_delimiter_kept(&self) -> (usize, bool) {
        let buffer = &self.buffer[..];
        let mut from = 0;
        while let Some(found) = buffer[from..].iter().position(|byte| *byte == b'\r') {
            let at = from + found;
            let rest = &buffer[at..];
            if rest.starts_with(&self.delimiter) {
                return (at, true);
            }
            if self.delimiter.starts_with(rest) {
                return (at, false);
            }
            from = at + 1;
        }
        (buffer.len(), false)
    }

    /// The same, and removes the delimiter with what precedes it.
    fn up_to_delimiter(&mut self) -> (usize, bool) {
        let (length, is_found) = self.up_to_delimiter_kept();
        if is_found {
            self.buffer.advance(length + self.delimiter.len());
        }
        (length, is_found)
    }

    /// What follows a delimiter: the end, or after spaces and a line break another part.
    fn after_delimiter(&mut self) -> Result<Option<State>, Malformed> {
        if self.buffer.starts_with(b"--") {
            self.buffer.clear();
            return Ok(Some(State::End));
        }
        let spaces = self.buffer.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        match &self.buffer[spaces..] {
            [b'\r', b'\n', ..] if spaces <= LONGEST_GAP => {
                self.buffer.advance(spaces + 2);
                Ok(Some(State::Head))
            }
            [] | [b'\r'] if spaces <= LONGEST_GAP => Ok(None),
            [b'-'] if spaces == 0 => Ok(None),
            _ => Err(Malformed("a boundary is not at the end of its line")),
        }
    }

    /// The headers of a part, once they are complete.
    fn head(&mut self) -> Result<Option<Head>, Malformed> {
        if self.buffer.starts_with(b"\r\n") {
            return Err(Malformed("a part has no headers"));
        }
        let known = &self.buffer[..self.buffer.len().min(LONGEST_HEAD)];
        let new = &known[self.searched..];
        #[cfg(test)]
        {
            self.looked_at += new.len();
        }
        let end = new.windows(4).position(|four| four == b"\r\n\r\n");
        match end {
            Some(end) => {
                let end = std::mem::take(&mut self.searched) + end;
                let head = self.buffer.split_to(end + 4);
                Head::parse(&head[..end]).map(Some)
            }
            None if known.len() == LONGEST_HEAD => Err(Malformed("a part's headers are too long")),
            None => {
                // The last three bytes can be its beginning.
                self.searched = known.len().saturating_sub(3);
                Ok(None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A body's parts, fed in pieces of this length.
    pub(super) fn parts(body: &[u8], length: usize) -> Result<Vec<(Head, Vec<u8>)>, Malformed> {
        let mut multipart = Multipart::new("X");
        let mut parts: Vec<(Head, Vec<u8>)> = Vec::new();
        for piece in body.chunks(length) {
            multipart.feed(piece);
            loop {
                match multipart.next()? {
                    None => break,
                    Some(Event::End) => return Ok(parts),
                    Some(Event::Part(head)) => parts.push((head, Vec::new())),
                    Some(Event::Content(piece)) => parts.last_mut().unwrap().1.extend(piece),
                }
            }
        }
        Err(Malformed("it is incomplete"))
    }

    fn texts(body: &str) -> Result<Vec<(String, String)>, Malformed> {
        let whole = parts(body.as_bytes(), body.len().max(1));
        for length in [1, 2, 3, 7] {
            assert_eq!(parts(body.as_bytes(), length), whole, "in pieces of {length}");
        }
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ok(whole?.into_iter().map(|(head, content)| (head.name, text(content))).collect())
    }

    fn pair(name: &str, text: &str) -> (String, String) {
        (name.to_owned(), text.to_owned())
    }

    #[test]
    fn parts_are_told_apart_however_the_body_comes_in_pieces() {
        let head = |name: &str| format!("Content-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        let body = format!(
            "before\r\n--X \t\r\n{}one\r\n--\r\n--Y\r\n\r\n--X\r\n{}\r\n--X--after\r\n--X\r\n",
            head("a"),
            head("b")
        );
        assert_eq!(texts(&body), Ok(vec![pair("a", "one\r\n--\r\n--Y\r\n"), pair("b", "")]));
        assert_eq!(texts("--X--"), Ok(Vec::new()));
        assert_eq!(
            texts(&format!("--X\r\n{}\r\n\r--X\r\n--X--", head("c"))),
            Ok(vec![pair("c", "\r\n\r--X")])
        );
    }

    #[test]
    fn a_malformed_body_is_refused() {
        let head = "Content-Disposition: form-data; name=\"a\"\r\n\r\n";
        for wrong in [
            String::new(),
            "--X".to_owned(),
            "--X\r\n".to_owned(),
            format!("--X\r\n{head}one"),
            format!("--X\r\n{head}one\r\n--X"),
            format!("--X\r\n{head}one\r\n--X-"),
            format!("--X\r\n{head}one\r\n--XY\r\n{head}\r\n--X--"),
            format!("--Xa\r\n{head}\r\n--X--"),
            format!("--X\n{head}\r\n--X--"),
            "--X\r\n\r\none\r\n--X--".to_owned(),
            "--X\r\nContent-Type: text/plain\r\n\r\none\r\n--X--".to_owned(),
            format!("--X{}\r\n{head}\r\n--X--", " ".repeat(LONGEST_GAP + 1)),
            format!("{}\r\n--X--", "x".repeat(2 * LONGEST_GAP)),
            format!("--X\r\nA: {}\r\n{head}\r\n--X--", "x".repeat(LONGEST_HEAD)),
        ] {
            assert!(texts(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn headers_that_come_byte_by_byte_are_searched_once() {
        let head = format!(
            "Content-Disposition: form-data; name=\"a\"\r\nA: {}\r\n\r\n",
            "x".repeat(LONGEST_HEAD - 100)
        );
        let body = format!("--X\r\n{head}one\r\n").repeat(3) + "--X--";
        let (mut multipart, mut parts) = (Multipart::new("X"), 0);
        for byte in body.as_bytes() {
            multipart.feed(&[*byte]);
            while let Some(event) = multipart.next().unwrap() {
                parts += usize::from(matches!(event, Event::Part(_)));
                if event == Event::End {
                    break;
                }
            }
        }
        assert_eq!(parts, 3);
        // Each byte with the three before it.
        assert!(multipart.looked_at <= 4 * body.len(), "{}", multipart.looked_at);
    }

    #[test]
    fn no_more_is_kept_than_what_can_be_a_delimiter() {
        let mut multipart = Multipart::new("X");
        multipart.feed(b"--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n");
        assert!(matches!(multipart.next(), Ok(Some(Event::Part(_)))));
        for piece in [b"\r\n--\r\r\n-".as_slice(), &[b'\r'; 4096], &[b'x'; 4096]].repeat(20) {
            multipart.feed(piece);
            while multipart.next().unwrap().is_some() {}
            assert!(multipart.buffer.len() < multipart.delimiter.len());
        }
    }
}
