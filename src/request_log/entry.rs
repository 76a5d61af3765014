//! One request and its packed form: time, duration, status, method, id and path, in 28 bytes plus
//! the path, and the names of ignored fields, if any.

use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;

use crate::hexadecimal::hexadecimal;

/// The methods that the log distinguishes; any other is stored as the last.
const METHODS: [&str; 10] =
    ["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "?"];

/// The methods of the API's routes, to choose from.
pub const METHODS_IN_USE: [&str; 5] = ["GET", "POST", "PATCH", "PUT", "DELETE"];

/// The maximum length of a stored path, in bytes.
const LONGEST_PATH: usize = u8::MAX as usize;

/// The maximum length of a stored list of ignored fields, in bytes.
const LONGEST_IGNORED: usize = u8::MAX as usize;

/// The size of an entry before its path, in bytes.
const HEAD: usize = 28;

/// Set in the byte of the method when the names of ignored fields follow the path.
const WITH_IGNORED: u8 = 0x80;

/// Why a token's request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The token lacks the scope.
    Scope,
    /// The token has expired.
    Expired,
    /// The token or its grant is revoked.
    Revoked,
    /// Over the rate limit.
    RateLimit,
    /// The key can't be used from this address.
    Address,
    /// The token is bound to a key but has no valid proof, or was used as if it were bound.
    Proof,
}

/// An answered request, to be logged.
#[derive(Debug, Clone, Copy)]
pub struct RequestNote<'a> {
    /// When it arrived.
    pub at: Timestamp,
    /// The method.
    pub method: &'a str,
    /// The path with its ids, without the query.
    pub path: &'a str,
    /// The response status.
    pub status: u16,
    /// The time from its arrival to its response.
    pub taken: Duration,
    /// The id in the response: 24 hexadecimal digits, as bytes.
    pub request_id: [u8; 12],
    /// Why it was refused because of its token, if it was.
    pub refusal: Option<Refusal>,
    /// The IP address that it came from.
    pub address: IpAddr,
    /// The user agent; empty if absent.
    pub user_agent: &'a str,
    /// The names of ignored fields, as in the response; or empty.
    pub ignored: &'a str,
}

/// A logged request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// When it arrived.
    pub at: Timestamp,
    /// The id in the response.
    pub request_id: String,
    /// The method, or `?` for one that is not in RFC 9110.
    pub method: &'static str,
    /// The path without the query, truncated if very long.
    pub path: String,
    /// The response status.
    pub status: u16,
    /// The time from its arrival to its response.
    pub taken: Duration,
    /// The names of ignored fields, as in the response; or empty.
    pub ignored: String,
}

impl RequestNote<'_> {
    /// Whether the request was refused before its rate limit was applied, so that nothing limits
    /// such requests. A request that lacks a scope was counted first.
    pub const fn is_turned_away(&self) -> bool {
        match self.refusal {
            Some(
                Refusal::Expired
                | Refusal::Revoked
                | Refusal::RateLimit
                | Refusal::Address
                | Refusal::Proof,
            ) => true,
            Some(Refusal::Scope) | None => false,
        }
    }

    /// Appends the request in packed form.
    pub(super) fn pack(&self, packed: &mut Vec<u8>) {
        let method =
            METHODS.iter().position(|known| *known == self.method).unwrap_or(METHODS.len() - 1);
        let path = beginning(self.path, LONGEST_PATH).as_bytes();
        let taken = u32::try_from(self.taken.as_micros()).unwrap_or(u32::MAX);
        packed.extend_from_slice(&self.at.as_millisecond().to_le_bytes());
        packed.extend_from_slice(&taken.to_le_bytes());
        packed.extend_from_slice(&self.status.to_le_bytes());
        packed.extend_from_slice(&self.request_id);
        let ignored = beginning(self.ignored, LONGEST_IGNORED).as_bytes();
        let flag = if ignored.is_empty() { 0 } else { WITH_IGNORED };
        packed.extend_from_slice(&[method as u8 | flag, path.len() as u8]);
        packed.extend_from_slice(path);
        if !ignored.is_empty() {
            packed.push(ignored.len() as u8);
            packed.extend_from_slice(ignored);
        }
    }
}

/// The requests of a segment, in order. Stops at malformed data.
pub(super) fn unpack(mut packed: &[u8]) -> impl Iterator<Item = Logged> {
    std::iter::from_fn(move || {
        let (entry, rest) = first(packed)?;
        packed = rest;
        Some(entry)
    })
}

fn first(packed: &[u8]) -> Option<(Logged, &[u8])> {
    let (head, rest) = packed.split_at_checked(HEAD)?;
    let (path, rest) = rest.split_at_checked(usize::from(head[27]))?;
    let (ignored, rest) = if head[26] & WITH_IGNORED == 0 {
        (&[][..], rest)
    } else {
        let (length, rest) = rest.split_first()?;
        rest.split_at_checked(usize::from(*length))?
    };
    let entry = Logged {
        at: Timestamp::from_millisecond(i64::from_le_bytes(head[..8].try_into().ok()?)).ok()?,
        taken: Duration::from_micros(u32::from_le_bytes(head[8..12].try_into().ok()?).into()),
        status: u16::from_le_bytes(head[12..14].try_into().ok()?),
        request_id: hexadecimal(&head[14..26]),
        method: METHODS.get(usize::from(head[26] & !WITH_IGNORED)).copied()?,
        path: std::str::from_utf8(path).ok()?.to_owned(),
        ignored: std::str::from_utf8(ignored).ok()?.to_owned(),
    };
    Some((entry, rest))
}

/// As much of a text as fits in a number of bytes.
pub(super) fn beginning(text: &str, longest: usize) -> &str {
    let mut end = text.len().min(longest);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An entry for a request at a number of milliseconds.
    pub(in crate::request_log) fn note(
        at: i64,
        method: &'static str,
        path: &'static str,
        status: u16,
    ) -> RequestNote<'static> {
        RequestNote {
            at: Timestamp::from_millisecond(at).unwrap(),
            method,
            path,
            status,
            taken: Duration::from_micros(1234),
            request_id: [0xab; 12],
            refusal: None,
            address: IpAddr::from([127, 0, 0, 1]),
            user_agent: "",
            ignored: "",
        }
    }

    /// A logged `GET`, one second after the start of 1970.
    pub(crate) fn logged(path: &'static str, status: u16) -> Logged {
        let mut packed = Vec::new();
        note(1000, "GET", path, status).pack(&mut packed);
        unpack(&packed).next().unwrap()
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        let mut packed = Vec::new();
        note(1000, "GET", "/v1/customers/cst_1", 200).pack(&mut packed);
        assert_eq!(packed.len(), HEAD + "/v1/customers/cst_1".len());
        let ignoring = RequestNote { ignored: "phone, fax", ..note(1001, "POST", "/", 200) };
        ignoring.pack(&mut packed);
        note(1002, "BREW", "/", 405).pack(&mut packed);
        let mut entries: Vec<Logged> = unpack(&packed).collect();
        assert_eq!(entries.len(), 3);
        let ignoring = entries.remove(1);
        assert_eq!((ignoring.method, ignoring.ignored.as_str()), ("POST", "phone, fax"));
        assert!(entries.iter().all(|entry| entry.ignored.is_empty()));
        assert_eq!(
            (entries[0].method, entries[0].path.as_str(), entries[0].status),
            ("GET", "/v1/customers/cst_1", 200)
        );
        assert_eq!(
            (entries[0].at.as_millisecond(), entries[0].taken),
            (1000, Duration::from_micros(1234))
        );
        assert_eq!(entries[0].request_id, "ab".repeat(12));
        assert_eq!((entries[1].method, entries[1].status), ("?", 405));
    }

    #[test]
    fn a_long_path_keeps_its_beginning_and_whole_letters() {
        let path: &'static str = format!("/{}", "é".repeat(300)).leak();
        let mut packed = Vec::new();
        note(1, "GET", path, 404).pack(&mut packed);
        let entry = unpack(&packed).next().unwrap();
        assert_eq!(entry.path.len(), LONGEST_PATH);
        assert!(path.starts_with(&entry.path));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = unpack(&bytes).count();
        }
    }
}
