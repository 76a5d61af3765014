//! Logos of apps and portals. What they are is judged by their bytes only, not by the file name or the
//! declared type. SVG isn't accepted, because it can contain scripts.

use crate::db::from_row;
use crate::error::Message;

/// An image of one of the accepted kinds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    /// The image's bytes.
    pub logo: Vec<u8>,
    /// Its media type, such as `image/png`.
    pub logo_type: String,
}

from_row!(Logo { logo, logo_type });

/// What a form does with a logo.
#[derive(Debug)]
pub enum LogoChange {
    /// Leaves it as it is.
    Keep,
    /// Removes it.
    Remove,
    /// Replaces it.
    Replace(Logo),
}

/// The maximum size of a file, in bytes.
const LARGEST: usize = 256 * 1024;

/// The maximum number of pixels per side.
const LONGEST_SIDE: u32 = 1024;

/// Why a file can't be a logo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LogoFault {
    /// Too many bytes.
    TooLarge,
    /// Not PNG, JPEG, WebP or GIF, or broken.
    UnknownKind,
    /// Too many pixels.
    TooManyPixels { width: u32, height: u32 },
}

impl LogoFault {
    /// The text for the form.
    fn message(self) -> Message {
        match self {
            Self::TooLarge => Message::with("field.logo_too_large", LARGEST / 1024),
            Self::UnknownKind => Message::new("field.logo_unknown_kind"),
            Self::TooManyPixels { width, height } => {
                Message::with("field.logo_too_many_pixels", format!("{width} × {height}"))
            }
        }
    }
}

impl Logo {
    /// The kinds that a form offers.
    pub const ACCEPTED: &str = "image/png,image/jpeg,image/webp,image/gif";

    /// Checks a file and determines its type.
    ///
    /// # Errors
    /// Why it can't be a logo, for the person.
    pub fn read(bytes: &[u8]) -> Result<Self, Message> {
        check(bytes).map_err(LogoFault::message)
    }
}

fn check(bytes: &[u8]) -> Result<Logo, LogoFault> {
    if bytes.len() > LARGEST {
        return Err(LogoFault::TooLarge);
    }
    let (kind, size) = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        ("image/png", png_size(bytes))
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        ("image/jpeg", jpeg_size(bytes))
    } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        ("image/gif", gif_size(bytes))
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        ("image/webp", webp_size(bytes))
    } else {
        return Err(LogoFault::UnknownKind);
    };
    match size {
        None | Some((0, _) | (_, 0)) => Err(LogoFault::UnknownKind),
        Some((width, height)) if width > LONGEST_SIDE || height > LONGEST_SIDE => {
            Err(LogoFault::TooManyPixels { width, height })
        }
        Some(_) => Ok(Logo { logo: bytes.to_vec(), logo_type: kind.to_owned() }),
    }
}

fn big_u32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn big_u16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?).into())
}

fn little_u16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?).into())
}

fn little_u24(bytes: &[u8], at: usize) -> Option<u32> {
    let three = bytes.get(at..at + 3)?;
    Some(u32::from_le_bytes([three[0], three[1], three[2], 0]))
}

/// The first chunk is `IHDR` (PNG section 11.2.1).
fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    (bytes.get(12..16)? == b"IHDR").then_some((big_u32(bytes, 16)?, big_u32(bytes, 20)?))
}

/// The logical screen (GIF89a section 18).
fn gif_size(bytes: &[u8]) -> Option<(u32, u32)> {
    Some((little_u16(bytes, 6)?, little_u16(bytes, 8)?))
}

/// The size is in the frame header (`SOF0` to `SOF15`), after any number of other segments (ITU-T
/// T.81 annex B).
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        let marker = *bytes.get(at + 1)?;
        match marker {
            // Fill bytes before a marker.
            0xff => at += 1,
            // Markers without a segment.
            0x01 | 0xd0..=0xd7 => at += 2,
            // DHT, JPG and DAC have numbers among those of the frame headers.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                return Some((big_u16(bytes, at + 7)?, big_u16(bytes, at + 5)?));
            }
            // The image data or the end, without a frame header.
            0xd8..=0xda => return None,
            _ => at += 2 + usize::try_from(big_u16(bytes, at + 2)?).ok()?,
        }
    }
}

/// The first chunk is one of three (RFC 9649 section 2.5 and on).
fn webp_size(bytes: &[u8]) -> Option<(u32, u32)> {
    match bytes.get(12..16)? {
        b"VP8X" => Some((little_u24(bytes, 24)? + 1, little_u24(bytes, 27)? + 1)),
        b"VP8L" if *bytes.get(20)? == 0x2f => {
            let bits = u32::from_le_bytes(bytes.get(21..25)?.try_into().ok()?);
            Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
        }
        b"VP8 " if bytes.get(23..26)? == b"\x9d\x01\x2a" => {
            Some((little_u16(bytes, 26)? & 0x3fff, little_u16(bytes, 28)? & 0x3fff))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        [
            b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".as_slice(),
            &width.to_be_bytes(),
            &height.to_be_bytes(),
            &[8, 6, 0, 0, 0],
        ]
        .concat()
    }

    fn jpeg(width: u16, height: u16) -> Vec<u8> {
        let app0 = [0xff, 0xe0, 0, 4, 0, 0];
        let tables = [0xff, 0xc4, 0, 3, 0];
        [
            &[0xff, 0xd8],
            &app0[..],
            &tables,
            &[0xff, 0xff, 0xc2, 0, 11, 8],
            &height.to_be_bytes(),
            &width.to_be_bytes(),
            &[1, 1, 0x11, 0],
        ]
        .concat()
    }

    fn gif(width: u16, height: u16) -> Vec<u8> {
        [b"GIF89a".as_slice(), &width.to_le_bytes(), &height.to_le_bytes(), &[0, 0, 0]].concat()
    }

    fn webp(chunk: &[u8; 4], data: &[u8]) -> Vec<u8> {
        [b"RIFF\0\0\0\0WEBP".as_slice(), chunk, &[0; 4], data].concat()
    }

    fn kind(bytes: &[u8]) -> Result<String, LogoFault> {
        check(bytes).map(|logo| logo.logo_type)
    }

    #[test]
    fn the_four_kinds_are_told_by_their_bytes() {
        assert_eq!(kind(&png(1024, 1)).as_deref(), Ok("image/png"));
        assert_eq!(kind(&jpeg(640, 480)).as_deref(), Ok("image/jpeg"));
        assert_eq!(kind(&gif(16, 16)).as_deref(), Ok("image/gif"));
        let extended = webp(b"VP8X", &[0, 0, 0, 0, 0xff, 0x03, 0, 0xff, 0x03, 0]);
        assert_eq!(kind(&extended).as_deref(), Ok("image/webp"));
        let lossless = webp(b"VP8L", &[0x2f, 0xff, 0xc3, 0x01, 0]);
        assert_eq!(webp_size(&lossless), Some((1024, 8)));
        let lossy = webp(b"VP8 ", &[0, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00]);
        assert_eq!(webp_size(&lossy), Some((320, 240)));
    }

    #[test]
    fn other_files_are_refused() {
        for bytes in [
            b"".as_slice(),
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"<!doctype html><script>alert(1)</script>",
            b"\x89PNG\r\n\x1a\n",
            b"\xff\xd8\xff\xe0",
            b"\xff\xd8\xff\xda\0\0",
            b"GIF89a",
            b"RIFF\0\0\0\0WEBPXXXX",
            b"BM",
            &png(0, 10),
        ] {
            assert_eq!(kind(bytes), Err(LogoFault::UnknownKind), "{bytes:?}");
        }
    }

    #[test]
    fn a_logo_has_limits() {
        assert_eq!(kind(&png(1025, 8)), Err(LogoFault::TooManyPixels { width: 1025, height: 8 }));
        assert_eq!(kind(&jpeg(8, 5000)), Err(LogoFault::TooManyPixels { width: 8, height: 5000 }));
        let mut padded = png(8, 8);
        padded.resize(LARGEST, 0);
        assert!(kind(&padded).is_ok());
        padded.push(0);
        assert_eq!(kind(&padded), Err(LogoFault::TooLarge));
    }

    proptest! {
        #[test]
        fn no_bytes_break_the_check(start in 0_usize..5, rest in proptest::collection::vec(any::<u8>(), 0..80)) {
            let start: &[u8] = [b"\xff\xd8\xff".as_slice(), b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\0\0\0\0WEBPVP8 ", b"RIFF\0\0\0\0WEBPVP8L"][start];
            let _ = check(&[start, &rest].concat());
        }
    }
}
