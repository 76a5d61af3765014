//! What a file probably is, told by its first bytes. It decides whether a page shows the file in place, and
//! browsers take it for nothing else (`nosniff`).

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// How many bytes are looked at.
pub(super) const LOOKED_AT: usize = 1024;

/// The first bytes of formats, and their media types.
const STARTS: [(&[u8], &str); 12] = [
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "application/ogg"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"{\\rtf", "application/rtf"),
    (b"%!PS", "application/postscript"),
];

/// Formats that are ZIP archives, by the endings of their names.
const ZIPPED: [(&str, &str); 6] = [
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
    ("epub", "application/epub+zip"),
];

/// The type of a file of which nothing is known.
const UNKNOWN: &str = "application/octet-stream";

/// The media type of a content; a name with this ending tells formats of the same kind apart.
pub(super) fn of(file: &File, ending: &str) -> io::Result<&'static str> {
    let mut start = [0; LOOKED_AT];
    let count = file.read_at(&mut start, 0)?;
    Ok(told_by(&start[..count], ending))
}

/// The same, of its first bytes.
pub(super) fn told_by(start: &[u8], ending: &str) -> &'static str {
    let at =
        |place: usize, text: &[u8]| start.get(place..).is_some_and(|rest| rest.starts_with(text));
    if let Some((_, kind)) = STARTS.iter().find(|(first, _)| start.starts_with(first)) {
        return kind;
    }
    if at(0, b"RIFF") {
        return if at(8, b"WEBP") { "image/webp" } else { UNKNOWN };
    }
    if at(4, b"ftyp") {
        return if at(8, b"heic") { "image/heic" } else { "video/mp4" };
    }
    if at(0, b"PK\x03\x04") {
        let known = ZIPPED.iter().find(|(known, _)| *known == ending);
        return known.map_or("application/zip", |(_, kind)| kind);
    }
    match (is_text(start), ending) {
        (true, "csv") => "text/csv",
        (true, _) => "text/plain",
        (false, _) => UNKNOWN,
    }
}

/// Whether it is the start of a text in UTF-8.
fn is_text(start: &[u8]) -> bool {
    let valid = match std::str::from_utf8(start) {
        Ok(text) => text,
        // The last letter can be cut in two.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&start[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !valid.is_empty()
        && valid.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t' | '\x0c'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_told_by_the_content_and_not_by_what_its_sender_says() {
        for (start, ending, kind) in [
            (&b"%PDF-1.7"[..], "exe", "application/pdf"),
            (b"\x89PNG\r\n\x1a\n\0", "html", "image/png"),
            (b"RIFF\0\0\0\0WEBPVP8 ", "", "image/webp"),
            (b"PK\x03\x04...", "docx", ZIPPED[0].1),
            (b"PK\x03\x04...", "jar", "application/zip"),
            (b"<html><script>alert(1)</script>", "png", "text/plain"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'>", "svg", "text/plain"),
            (b"naam;plaats\r\nJansen;Ede", "csv", "text/csv"),
            (b"caf\xc3", "txt", "text/plain"),
            (b"caf\xc3x", "txt", UNKNOWN),
            (b"\x7fELF\x02\x01\x01\0", "txt", UNKNOWN),
            (b"", "txt", UNKNOWN),
        ] {
            assert_eq!(told_by(start, ending), kind, "{start:?} {ending}");
        }
    }
}
