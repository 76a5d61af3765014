//! Whatever arrives as a mail: it is read or refused, and what is left of it is safe.

use proptest::prelude::*;

use super::{Content, IncomingMail};
use crate::fuzz::{changes, config};
use crate::values::{Html, Value};

const MAILS: [&[u8]; 3] = [
    b"Return-Path: <a@b.nl>\r\nFrom: =?utf-8?Q?J=C3=A1n?= <a@b.nl>\r\nTo: \"x, y\" <c+d@e.nl>, f@g.nl\r\n\
      Message-ID: <1@b.nl>\r\nAuto-Submitted: no\r\nContent-Type: text/plain; charset=utf-8\r\n\
      Content-Transfer-Encoding: quoted-printable\r\n\r\nJa =C3=A9\r\n\r\nOp 3 maart schreef A:\r\n> Morgen?\r\n",
    b"From: a@b.nl\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\n\
      Content-Type: text/html; charset=utf-8\r\n\r\n<body><p>Ja</p><div class=\"gmail_quote\">Op 3 maart\
      <blockquote>Morgen?</blockquote></div>\r\n--x--\r\n",
    b"From: a@b.nl\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nJa\r\n--x\r\n\
      Content-Type: text/csv; name=a.csv\r\nContent-Transfer-Encoding: base64\r\n\r\nY2Fm6Q0K\r\n--x\r\n\
      Content-Type: message/rfc822\r\n\r\nFrom: c@d.nl\r\n\r\nNee\r\n--x--\r\n",
];

fn look_at(raw: &[u8]) {
    let Some(mail) = IncomingMail::parse(raw) else { return };
    let files = mail.files.into_iter().flatten();
    assert!(files.map(|file| file.content.len()).sum::<usize>() <= raw.len());
    assert!(!mail.id.is_empty() && mail.id.bytes().all(|byte| byte.is_ascii_graphic()));
    if let Content::Written { new, quoted } = mail.content {
        for html in [Some(new), quoted].into_iter().flatten() {
            // Quotation marks in texts may be written otherwise.
            let again = Html::read(html.as_str()).map(|again| again.text());
            assert_eq!(again, Ok(html.text()), "cleaning again changes nothing");
        }
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_bytes(raw in prop::collection::vec(any::<u8>(), 0..2000)) {
        look_at(&raw);
    }

    #[test]
    fn changed_mails(which in 0..MAILS.len(), changes in changes()) {
        look_at(&changes.bytes(MAILS[which]));
    }
}
