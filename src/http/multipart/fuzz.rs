//! Fuzz target: bodies in `multipart/form-data`, in any pieces, against another reader.

use proptest::prelude::*;

use super::tests::parts;
use crate::fuzz::{changes, config};

/// Content that looks like delimiters.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "\r\n", "\r", "\n", "--", "-", "X", "\r\n--", "\r\n-", "\r\r\n--"
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..8),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat()).prop_filter(
        "holds the delimiter",
        |content| {
            let whole = [b"\r\n".as_slice(), content, b"\r\n--".as_slice()].concat();
            !whole.windows(5).any(|five| five == b"\r\n--X")
        },
    )
}

/// A part's name, its file's name and its content.
fn part() -> impl Strategy<Value = (String, Option<String>, Vec<u8>)> {
    ("[a-zA-Z0-9.\\[\\]]{1,12}", prop::option::of("[a-z ;=.é]{0,9}"), content())
}

fn body(parts: &[(String, Option<String>, Vec<u8>)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file_name, content) in parts {
        let file_name =
            file_name.as_ref().map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        let head =
            format!("--X\r\nContent-Disposition: form-data; name=\"{name}\"{file_name}\r\n\r\n");
        body.extend(head.as_bytes());
        body.extend(content);
        body.extend(b"\r\n");
    }
    body.extend(b"--X--\r\n");
    body
}

/// The same body, read by the library; `None` if it is malformed.
fn by_library(body: Vec<u8>) -> Option<Vec<(String, Vec<u8>)>> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let body = futures_util::stream::iter([Ok::<_, std::io::Error>(body)]);
        let mut multipart = multer::Multipart::new(body, "X");
        let mut parts = Vec::new();
        while let Some(field) = multipart.next_field().await.ok()? {
            let name = field.name()?.to_owned();
            parts.push((name, field.bytes().await.ok()?.to_vec()));
        }
        Some(parts)
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_body_is_read_as_it_was_written(sent in prop::collection::vec(part(), 0..5), length in 1usize..40) {
        let body = body(&sent);
        let read = parts(&body, length).unwrap();
        let read: Vec<_> =
            read.into_iter().map(|(head, content)| (head.name, head.file_name, content)).collect();
        prop_assert_eq!(&read, &sent);
        let known: Vec<_> = sent.into_iter().map(|(name, _, content)| (name, content)).collect();
        prop_assert_eq!(by_library(body), Some(known));
    }

    #[test]
    fn a_changed_body_is_the_same_in_pieces_and_as_a_whole(
        sent in prop::collection::vec(part(), 0..4),
        changes in changes(),
        length in 1usize..40,
    ) {
        let body = changes.bytes(&body(&sent));
        let whole = parts(&body, body.len().max(1));
        prop_assert_eq!(&parts(&body, length), &whole);
        // Whatever is read, the library reads likewise, if it reads it at all. Before the first part it
        // also takes a delimiter that doesn't begin a line, which RFC 2046 section 5.1.1 does not.
        if !body.starts_with(b"--X") {
            return Ok(());
        }
        if let (Ok(whole), Some(known)) = (whole, by_library(body)) {
            let contents = |parts: Vec<(_, Vec<u8>)>| -> Vec<Vec<u8>> {
                parts.into_iter().map(|(_, content)| content).collect()
            };
            let known: Vec<_> = known.into_iter().map(|(name, content)| (Some(name), content)).collect();
            let read = whole.into_iter().map(|(head, content)| (Some(head.name), content)).collect();
            prop_assert_eq!(contents(read), contents(known));
        }
    }
}
