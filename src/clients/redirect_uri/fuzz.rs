//! Fuzz target: which redirect URIs can be registered, and which requests they match.

use proptest::prelude::*;

use super::*;
use crate::fuzz::{changes, config};

const HOSTS: [&str; 10] = [
    "https://app.example",
    "https://app.example:8443",
    "https://a.b.c.example",
    "https://192.0.2.1",
    "http://127.0.0.1",
    "http://[::1]",
    "http://localhost",
    "http://127.0.0.1:4000",
    "http://[::1]:4000",
    "http://localhost:3000",
];

/// Redirect URIs as developers register them.
fn uri() -> impl Strategy<Value = RedirectUri> {
    let rest =
        "(/[a-z0-9._~-]{1,8}){0,3}/?(\\?[a-z]{1,4}=[a-z0-9%]{0,4}(&[a-z]{1,4}=[a-z0-9]{0,4})?)?";
    (prop::sample::select(HOSTS.to_vec()), rest)
        .prop_filter_map("is registered", |(host, rest)| format!("{host}{rest}").parse().ok())
}

/// Parts that have fooled URL comparisons before.
fn tricks() -> impl Strategy<Value = &'static str> {
    let tricks = [
        "@evil.example",
        ".evil.example",
        "\\@evil.example",
        "/../evil",
        "/%2e%2e/evil",
        "#evil",
        "?evil=1",
        ":80",
        ":443",
        ":080",
        ":",
        ":65536",
        ":80@evil.example",
        "%00",
        "\0",
        "\t",
        "\n",
        " ",
        "//evil.example",
        "／",
        "。",
        "*",
        ";",
        "&x=1",
    ];
    prop::sample::select(tricks.to_vec())
}

/// A matched URI is the registered one, or differs from it only in the port of a loopback address.
/// Checked by other means than the code: by the URI's parts, from left to right.
fn check(registered: &RedirectUri, requested: &str) -> Result<(), TestCaseError> {
    if !registered.matches(requested) || registered.as_str() == requested {
        return Ok(());
    }
    let address = ["http://127.0.0.1", "http://[::1]"]
        .into_iter()
        .find(|address| registered.as_str().starts_with(address));
    let Some(address) = address else {
        return Err(TestCaseError::fail(format!("{registered} allowed {requested}")));
    };
    let split = |text: &str| {
        let rest = &text[address.len()..];
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        (rest[..end].to_owned(), rest[end..].to_owned())
    };
    prop_assert!(requested.starts_with(address), "{registered} allowed {requested}");
    let ((_, own), (port, rest)) = (split(registered.as_str()), split(requested));
    prop_assert_eq!(own, rest, "{} allowed {}", registered, requested);
    let digits = port.strip_prefix(':').unwrap_or("0");
    prop_assert!(
        !digits.is_empty()
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && digits.parse::<u16>().is_ok(),
        "{registered} allowed {requested}"
    );
    // And browsers see it so.
    let (own, requested) =
        (Url::parse(registered.as_str()).unwrap(), Url::parse(requested).unwrap());
    prop_assert_eq!(
        (own.scheme(), own.host(), own.path(), own.query()),
        (requested.scheme(), requested.host(), requested.path(), requested.query())
    );
    prop_assert!(
        requested.username().is_empty()
            && requested.password().is_none()
            && requested.fragment().is_none()
    );
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_changed_request_is_refused_unless_only_a_loopback_port_differs(registered in uri(), other in uri(), changes in changes(), trick in tricks(), at in any::<prop::sample::Index>()) {
        prop_assert!(registered.matches(registered.as_str()));
        check(&registered, &changes.text(registered.as_str()))?;
        check(&registered, other.as_str())?;
        let mut tricky = registered.as_str().to_owned();
        tricky.insert_str(at.index(tricky.len() + 1), trick);
        check(&registered, &tricky)?;
        check(&registered, &changes.text(&tricky))?;
    }

    #[test]
    fn a_loopback_address_may_have_any_port(registered in uri(), port in any::<u16>()) {
        let text = registered.as_str();
        let address = ["http://127.0.0.1", "http://[::1]"].into_iter().find(|address| text.starts_with(address));
        if let Some(address) = address {
            let rest = &text[address.len()..];
            let rest = &rest[rest.find(['/', '?']).unwrap_or(rest.len())..];
            for requested in [format!("{address}:{port}{rest}"), format!("{address}{rest}")] {
                prop_assert!(registered.matches(&requested), "{registered} refused {requested}");
            }
        }
    }

    #[test]
    fn what_is_registered_is_what_browsers_go_to(text in "\\PC*", uri in uri(), changes in changes(), trick in tricks()) {
        for text in [text.clone(), format!("https://{text}"), format!("https://app.example/{text}"), changes.text(uri.as_str()), format!("{uri}{trick}")] {
            let Ok(registered) = text.parse::<RedirectUri>() else { continue };
            let url = Url::parse(&text).unwrap();
            prop_assert!(url.as_str() == text || url.as_str() == format!("{text}/"), "{text} becomes {url}");
            prop_assert!(url.scheme() == "https" || (url.scheme() == "http" && matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"))), "{url}");
            prop_assert!(url.fragment().is_none() && url.username().is_empty() && url.password().is_none() && !text.contains('*'), "{url}");
            prop_assert!(registered.matches(&text));
            // The database returns it unchanged.
            let list = RedirectUris(vec![registered]);
            let Param::Text(kept) = list.to_param() else { unreachable!() };
            prop_assert_eq!(RedirectUris::from_column(Column::Text(&kept)), Some(list.clone()));
        }
    }

    #[test]
    fn any_request_is_answered(registered in uri(), text in "\\PC*", bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        check(&registered, &text)?;
        check(&registered, &String::from_utf8_lossy(&bytes))?;
    }
}
