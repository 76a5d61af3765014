//! The encoding of a file: UTF-8, or the Windows-1252 that older spreadsheets save.

use crate::error::Message;

/// The characters of the bytes 0x80 to 0x9F in Windows-1252; NUL where there is none.
const WINDOWS: [char; 32] = [
    '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0', '‘',
    '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
];

/// What the first letters beyond ASCII say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Unknown,
    Utf8,
    Windows1252,
}

/// Decodes a file piece by piece. Its first letter beyond ASCII decides on the encoding: in
/// Windows-1252 a letter of Western Europe is followed by others than UTF-8 has there.
pub(super) struct Decoder {
    encoding: Encoding,
    has_begun: bool,
    /// The bytes that aren't decoded yet: the start of the file, or of a letter.
    left: Vec<u8>,
}

fn binary() -> Message {
    Message::new("transfer.import.binary")
}

impl Decoder {
    pub(super) const fn new() -> Self {
        Self { encoding: Encoding::Unknown, has_begun: false, left: Vec::new() }
    }

    /// Decodes more bytes, or what is left at the end.
    ///
    /// # Errors
    /// Why the file is no text.
    pub(super) fn decode(&mut self, bytes: &[u8], is_last: bool) -> Result<String, Message> {
        self.left.extend_from_slice(bytes);
        if !self.has_begun {
            if self.left.len() < 4 && !is_last {
                return Ok(String::new());
            }
            self.has_begun = true;
            self.begin()?;
        }
        if self.left.contains(&0) {
            return Err(binary());
        }
        let mut text = String::new();
        if self.encoding != Encoding::Windows1252 && self.decode_utf8(&mut text, is_last)? {
            return Ok(text);
        }
        for byte in self.left.drain(..) {
            text.push(match byte {
                0x80..=0x9F => match WINDOWS[usize::from(byte - 0x80)] {
                    '\0' => return Err(binary()),
                    letter => letter,
                },
                byte => char::from(byte),
            });
        }
        Ok(text)
    }

    /// Looks at the first bytes.
    fn begin(&mut self) -> Result<(), Message> {
        let starts = |mark: &[u8]| self.left.starts_with(mark);
        if starts(b"PK\x03\x04") || starts(b"\xD0\xCF\x11\xE0") {
            return Err(Message::new("transfer.import.workbook"));
        }
        if starts(b"\xFF\xFE") || starts(b"\xFE\xFF") {
            return Err(Message::new("transfer.import.utf16"));
        }
        if starts(b"\xEF\xBB\xBF") {
            self.left.drain(..3);
            self.encoding = Encoding::Utf8;
        }
        Ok(())
    }

    /// Decodes as UTF-8 as far as the bytes are; false if the rest is in another encoding.
    fn decode_utf8(&mut self, text: &mut String, is_last: bool) -> Result<bool, Message> {
        let fault = std::str::from_utf8(&self.left).err();
        let valid = fault.map_or(self.left.len(), |fault| fault.valid_up_to());
        let start: Vec<u8> = self.left.drain(..valid).collect();
        if !start.is_ascii() {
            self.encoding = Encoding::Utf8;
        }
        text.push_str(&String::from_utf8_lossy(&start));
        match fault {
            None => Ok(true),
            Some(fault) if fault.error_len().is_none() && !is_last => Ok(true),
            Some(_) if self.encoding == Encoding::Utf8 => {
                Err(Message::new("transfer.import.broken_utf8"))
            }
            Some(_) => {
                self.encoding = Encoding::Windows1252;
                Ok(false)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text of a file that arrives in pieces of a size.
    fn decoded(bytes: &[u8], size: usize) -> Result<String, Message> {
        let (mut decoder, mut text) = (Decoder::new(), String::new());
        for piece in bytes.chunks(size) {
            text.push_str(&decoder.decode(piece, false)?);
        }
        text.push_str(&decoder.decode(&[], true)?);
        Ok(text)
    }

    #[test]
    fn both_encodings_are_read_however_the_file_arrives() {
        for size in [1, 2, 3, 100] {
            for (bytes, text) in [
                (&b""[..], ""),
                (b"a", "a"),
                ("naam;café €".as_bytes(), "naam;café €"),
                (b"\xEF\xBB\xBFnaam", "naam"),
                (b"caf\xE9;\x80 5", "café;€ 5"),
                (b"M\xFCller\xE9", "Mülleré"),
            ] {
                assert_eq!(decoded(bytes, size).as_deref(), Ok(text), "{bytes:?} by {size}");
            }
        }
    }

    #[test]
    fn what_is_no_text_is_told_apart() {
        for size in [1, 100] {
            for (bytes, key) in [
                (&b"naam\0"[..], "transfer.import.binary"),
                (b"PK\x03\x04xlsx", "transfer.import.workbook"),
                (b"\xFF\xFEn\0", "transfer.import.utf16"),
                (b"\xC3\xA9 en \xFF", "transfer.import.broken_utf8"),
                (b"\x81\x8D", "transfer.import.binary"),
            ] {
                assert_eq!(decoded(bytes, size), Err(Message::new(key)), "{bytes:?} by {size}");
            }
        }
    }
}
