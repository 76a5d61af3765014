//! Invariants of all components: text is escaped, and nothing needs an inline style or script.

use maud::{Markup, Render, html};

use super::form::{error_summary, with_labels};
use super::once::Once;
use super::*;
use crate::i18n::Lang;

/// A text that would be harmful in an attribute or page if not escaped.
const EVIL: &str = r#""><script>alert(1)</script><b style="color:red" onclick='x()'>"#;

static MARK: std::sync::LazyLock<FormMark> =
    std::sync::LazyLock::new(|| FormMark { csrf: EVIL.to_owned(), origin: EVIL.to_owned() });

fn chrome() -> Chrome<'static> {
    Chrome {
        site: Site::Manage,
        lang: Lang::Nl,
        path: "/manage/customers?search=a&b=\"c\"",
        mark: Some(&MARK),
        person: Some(EVIL),
        account_path: "/manage/account",
        logout_path: "/manage/log-out",
        organisation: Some(EVIL),
        brand: Brand { color: Rgb::read("0b6b7a"), logo: Some(EVIL.to_owned()) },
        home: "/manage".to_owned(),
        palette: Some(Palette {
            search: "/manage/search",
            help: "/manage/shortcuts",
            keys: vec![('c', EVIL)],
        }),
        nav: vec![NavGroup {
            label: Some(EVIL.into()),
            items: vec![NavItem {
                label: EVIL.into(),
                href: EVIL.to_owned(),
                icon: None,
                current: true,
            }],
        }],
        top_right: Some(link_button(EVIL, EVIL, ButtonStyle::Secondary)),
        flash: Some(Flash {
            kind: FlashKind::Success,
            text: EVIL.to_owned(),
            undo: Some(FlashUndo {
                label: EVIL.to_owned(),
                action: EVIL.to_owned(),
                field: ("deletion", EVIL.to_owned()),
            }),
        }),
        errors: vec![(EVIL.to_owned(), EVIL.to_owned())],
        is_shown_once: false,
    }
}

fn form_components(lang: Lang) -> Markup {
    let errors = [(EVIL.to_owned(), EVIL.to_owned()), (String::new(), EVIL.to_owned())];
    let choice =
        Choice { value: EVIL.into(), label: EVIL.into(), hint: Some(EVIL.into()), checked: true };
    let scope = ScopeChoice {
        name: EVIL,
        label: Some(EVIL.into()),
        explanation: EVIL.into(),
        checked: true,
        optional: Some(true),
    };
    let area = ScopeArea {
        label: EVIL.into(),
        read: Some(scope.clone()),
        write: None,
        other: vec![scope],
    };
    let text =
        Field::text(lang, EVIL, EVIL).value(EVIL).hint(EVIL).placeholder(EVIL).error(Some(EVIL));
    let area_field = Field::textarea(lang, EVIL, EVIL).value(EVIL).errors_from(&errors);
    let select = Field::select(lang, EVIL, EVIL, &[(EVIL, EVIL)], EVIL);
    html! {
        (form(EVIL, &MARK, html! { (text) (area_field) (select) }))
        (multipart_form(EVIL, &MARK, Field::file(lang, EVIL, EVIL, None).render()))
        (error_summary(lang, &errors))
        (checkbox(EVIL, EVIL, EVIL, Some(EVIL), true))
        (choice_group(ChoiceKind::One, EVIL, EVIL, std::slice::from_ref(&choice), Some(EVIL)))
        (long_choice_group(EVIL, EVIL, vec![choice; 13], EVIL, Some(EVIL)))
        (search(lang, EVIL, EVIL, EVIL))
        (search_all(lang, EVIL, EVIL, EVIL))
        (scope_picker(lang, std::slice::from_ref(&area), Some(EVIL)))
        (submit(EVIL, ButtonStyle::Primary))
        (submit_named(EVIL, EVIL, EVIL, ButtonStyle::Quiet))
        (button_form(EVIL, &MARK, EVIL, ButtonStyle::Danger))
        (button_form_about(EVIL, &MARK, EVIL, EVIL, ButtonStyle::Danger))
        (link_button_about(EVIL, EVIL, EVIL, ButtonStyle::Quiet))
    }
}

fn other_components(lang: Lang) -> Markup {
    html! {
        (breadcrumbs(lang, &[(EVIL, Some(EVIL)), (EVIL, None)]))
        (header(EVIL, Some(EVIL), html! { "x" }))
        (section(EVIL, Some(EVIL), html! { "x" }, html! { "x" }))
        (card(Some(EVIL), html! { "x" }))
        (grid(vec![stat(EVIL, EVIL, Some(EVIL)), stat(EVIL, EVIL, None)]))
        (definition_list(vec![(EVIL, html! { (muted(EVIL)) (mono(EVIL)) })]))
        (toolbar(html! { "x" }, html! { "x" }))
        (table(EVIL, &[EVIL, EVIL], vec![vec![html! { "x" }, html! { "x" }]]))
        (sortable_table(EVIL, &[Head { label: EVIL.into(), sort: Some(HeadSort { href: EVIL.to_owned(), current: Some(Sorted::Descending) }) }], vec![vec![html! { "x" }]]))
        (pagination(lang, Pagination { prev: Some(EVIL), next: Some(EVIL), shown: Some(EVIL.to_owned()), sizes: vec![(25, Some(EVIL.to_owned())), (50, None)] }))
        (chips(EVIL, vec![(EVIL.to_owned(), EVIL.to_owned())], EVIL, Some((EVIL, EVIL))))
        (list_filters(EVIL, EVIL, true, html! { (filter_select(EVIL, EVIL, EVIL, vec![(EVIL.to_owned(), EVIL.to_owned())], EVIL)) }))
        (search_in(lang, EVIL, EVIL, EVIL, EVIL, html! { "x" }))
        (empty_state(EVIL, EVIL, Some(html! { "x" })))
        (badge(EVIL, BadgeKind::Warning))
        (notice(FlashKind::Error, Some(EVIL), html! { "x" }))
        (danger_zone(EVIL, html! { "x" }))
        (confirm(lang, EVIL, EVIL, EVIL, &MARK, EVIL, EVIL))
        (secret_once(&Once::for_tests(), lang, EVIL, EVIL, EVIL))
        (copyable(lang, EVIL, EVIL))
        (code_block(lang, EVIL, EVIL))
        (endpoint(EVIL, EVIL))
        (tabs(EVIL, vec![(EVIL.to_owned(), html! { "x" })]))
        (check_list(vec![html! { "x" }]))
        (steps(vec![(EVIL.to_owned(), html! { "x" })]))
        (app_mark(EVIL, Some(EVIL)))
        (app_mark(EVIL, None))
        (attention_list(EVIL, vec![(Icon::Key, EVIL.to_owned(), EVIL.to_owned())]))
        (task_list(lang, vec![(true, EVIL.to_owned(), EVIL.to_owned()), (false, EVIL.to_owned(), EVIL.to_owned())]))
        (bar_chart(EVIL, &[Bar { label: EVIL.to_owned(), value: 3, part: 1 }]))
    }
}

/// The names of all attributes in `html`, whose values must all be quoted.
fn attributes(html: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let (mut name, mut quoted) = (String::new(), false);
        for (index, letter) in rest.char_indices() {
            match letter {
                '"' => quoted = !quoted,
                _ if quoted => {}
                '>' => {
                    names.push(std::mem::take(&mut name));
                    rest = &rest[index..];
                    break;
                }
                ' ' | '\n' => names.push(std::mem::take(&mut name)),
                letter => name.push(letter),
            }
        }
    }
    names
}

fn assert_clean(html: &str) {
    assert!(!html.contains("<script>"), "unescaped text in {html}");
    for name in attributes(html) {
        assert!(
            !name.starts_with("style") && !name.starts_with("on"),
            "attribute {name} in {html}"
        );
    }
}

#[test]
fn the_check_itself_sees_an_inline_style() {
    let html = html! { a href="/>" style="x" onclick="y" { "style=" } };
    assert_eq!(attributes(&html.into_string()), ["a", "href=", "style=", "onclick=", "/a"]);
}

#[test]
fn no_component_lets_text_through_or_writes_inline_styles_and_handlers() {
    for lang in Lang::ALL {
        let body = html! { (form_components(lang)) (other_components(lang)) };
        assert_clean(&chrome().page(EVIL, body.clone()).into_string());
        assert_clean(&chrome().narrow(EVIL, body).into_string());
    }
}

#[test]
fn the_language_switch_leads_back_to_the_same_page() {
    let html = chrome().narrow("x", html! {}).into_string();
    assert!(html.contains(
        r#"href="/language/en?next=%2Fmanage%2Fcustomers%3Fsearch%3Da%26b%3D%22c%22" lang="en""#
    ));
}

#[test]
fn the_language_switch_comes_after_the_form_that_it_sends() {
    let filled_in = form("/a", &MARK, checkbox("a", "1", "A", None, false));
    for page in [chrome().page("x", filled_in.clone()), chrome().narrow("x", filled_in)] {
        let page = page.into_string();
        let (before, after) = page.split_once("</main>").unwrap();
        assert!(!before.contains("switch_language"), "Enter presses the first button: {page}");
        assert_eq!(after.matches(r#"type="submit" form="form""#).count(), Lang::ALL.len());
    }
}

#[test]
fn a_page_that_is_shown_once_has_no_way_to_another_language() {
    let page = chrome().page_once("x", |_| html! {}).into_markup().into_string();
    assert!(!page.contains("languages") && page.contains("<main"), "{page}");
}

#[test]
fn the_window_is_called_after_the_error_the_page_and_the_organisation() {
    let title = |errors| {
        let chrome = Chrome { organisation: Some("De Molen"), errors, ..chrome() };
        chrome.page("Klanten", html! {}).into_string()
    };
    assert!(title(Vec::new()).contains("<title>Klanten · De Molen · Klantportaal</title>"));
    let errors = vec![("name".to_owned(), "Vul dit in".to_owned())];
    let faulty = title(errors);
    assert!(faulty.contains("<title>Fout: Klanten · De Molen · Klantportaal</title>"), "{faulty}");
    assert!(faulty.contains(r#"role="alert" tabindex="-1" autofocus"#));
}

#[test]
fn every_text_exists_in_both_languages() {
    for lang in Lang::ALL {
        let body = html! { (form_components(lang)) (other_components(lang)) };
        let page = Chrome { lang, ..chrome() }.page("x", body).into_string();
        assert!(!page.contains("ui."), "a text is missing in {page}");
    }
}

#[test]
fn an_error_summary_leads_to_the_fields() {
    let errors = [("email".to_owned(), "Vul een adres in".to_owned())];
    let html = error_summary(Lang::Nl, &errors).into_string();
    assert!(html.contains(r##"<a href="#field-email">Vul een adres in</a>"##));
    assert!(html.contains(r#"role="alert""#));
    assert_eq!(error_summary(Lang::Nl, &[]).into_string(), "");
}

#[test]
fn a_summary_follows_the_form_and_names_the_fields() {
    let errors = [("b", "1"), ("a", "2"), ("", "3")]
        .map(|(field, message)| (field.to_owned(), message.to_owned()));
    let labelled = with_labels(&errors, &[("a", "A".into()), ("b", "B".into())]);
    let messages: Vec<&str> = labelled.iter().map(|(_, message)| message.as_str()).collect();
    assert_eq!(messages, ["A: 2", "B: 1", "3"]);
}
