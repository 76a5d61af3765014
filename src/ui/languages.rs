//! The language switch of a page.

use maud::{Markup, PreEscaped, html};
use url::form_urlencoded;

use super::form;
use crate::i18n::{Lang, tr};

/// The name of the buttons that send a form along.
pub const SWITCH_LANGUAGE: &str = "switch_language";

/// The id of the page's first form that is filled in.
const MAIN_FORM: &str = "form";

/// Links to the page in each language. On a page with a form that is filled in they are buttons that send
/// it along, so that nothing typed is lost.
///
/// It belongs after the form, since Enter in a field presses the form's first button.
pub(super) fn language_switch(shown: Lang, path: &str, has_form: bool) -> Markup {
    let next: String = form_urlencoded::byte_serialize(path.as_bytes()).collect();
    html! {
        ul.languages aria-label=(tr!(shown, "ui.language")) {
            @for lang in Lang::ALL {
                @let (tag, current) = (lang.tag(), (lang == shown).then_some("true"));
                li {
                    @if has_form {
                        button type="submit" form=(MAIN_FORM) formenctype="application/x-www-form-urlencoded"
                            name=(SWITCH_LANGUAGE) value=(tag) lang=(tag) aria-current=[current] { (lang.own_name()) }
                    } @else {
                        a href={ "/language/" (tag) "?next=" (next) } lang=(tag) hreflang=(tag)
                            aria-current=[current] { (lang.own_name()) }
                    }
                }
            }
        }
    }
}

/// The page with an id on its first form that is filled in, and whether there is one.
pub(super) fn with_main_form(PreEscaped(html): Markup) -> (Markup, bool) {
    match html.split_once(form::FILLED_IN) {
        Some((before, after)) => {
            let start = form::FILLED_IN;
            (PreEscaped(format!(r#"{before}{start} id="{MAIN_FORM}"{after}"#)), true)
        }
        None => (PreEscaped(html), false),
    }
}

#[cfg(test)]
mod tests {
    use super::super::*;
    use super::*;

    fn filled_in(action: &str) -> Markup {
        form(action, &FormMark::default(), checkbox("a", "1", "A", None, false))
    }

    #[test]
    fn the_first_form_that_is_filled_in_goes_along() {
        let mark = FormMark { csrf: "x".to_owned(), origin: "y".to_owned() };
        let passkey = PasskeyForm {
            lang: Lang::Nl,
            mark: &mark,
            action: PasskeyAction::Get,
            challenge: "/c",
            host: "h",
            at_home: "/h",
            post_to: "/passkey",
            button: ("B", ButtonStyle::Primary),
            fields: html! {},
            explain: true,
        };
        let file = Field::file(Lang::Nl, "file", "F", None);
        let others = html! {
            (passkey)
            (button_form("/question", &mark, "?", ButtonStyle::Danger))
            (form("/question", &mark, submit("!", ButtonStyle::Primary)))
            (multipart_form("/file", &mark, html! { (file) }))
        };
        let (none, has_form) = with_main_form(others.clone());
        assert!(!has_form && none.0 == others.0);
        for second in [filled_in("/b"), html! {}] {
            let (page, has_form) = with_main_form(html! { (others) (filled_in("/a")) (second) });
            assert!(
                has_form && page.0.contains(r#"method="post" id="form" action="/a""#),
                "{}",
                page.0
            );
            assert_eq!(page.0.matches(r#" id="form""#).count(), 1);
        }
        let text = Field::textarea(Lang::Nl, "t", "T");
        let with_file = multipart_form("/b", &mark, html! { (text) });
        assert!(with_main_form(with_file).0.0.contains(r#"method="post" id="form" action="/b""#));
    }
}
