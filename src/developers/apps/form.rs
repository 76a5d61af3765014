//! The form for the details of a new or existing app.

use std::borrow::Cow;

use maud::{Markup, html};
use url::Url;

use super::{client, logo, protection, redirect_uris};
use crate::auth::{Scope, ScopeSet};
use crate::clients::{App, AppDetails, AppProtection, RedirectUri, RedirectUris};
use crate::developers::DeveloperMember;
use crate::error::{Message, Result};
use crate::fields::Fields;
use crate::i18n::{Lang, tr};
use crate::ui::{self, ButtonStyle, Field, OPTIONAL_SCOPE};
use crate::values::{LogoChange, Name, Value};
use crate::web::{
    UploadedFile, filled_from_field, logo_field, offered_scopes, read_logo, scope_areas,
    single_use_field, ticked_scopes, with_optional,
};

/// The form's values.
pub(super) struct AppForm {
    pub(super) details: AppDetails,
    pub(super) protection: AppProtection,
    pub(super) logo: LogoChange,
}

/// Reads the form, for an app that `has` these scopes.
///
/// # Errors
/// [`crate::error::Error::Invalid`].
pub(super) fn read(
    fields: &mut Fields,
    file: Option<&UploadedFile>,
    has: ScopeSet,
) -> Result<AppForm> {
    let scopes = ticked_scopes(fields, offered_scopes(has));
    let details = AppDetails {
        name: Name::from_field(fields, "name"),
        description: fields.optional_text("description", 500).unwrap_or_default(),
        website: website(fields),
        redirect_uris: redirect_uri_list(fields),
        scopes,
        optional_scopes: optional_scopes(fields, scopes),
        device_flow: fields.has("device_flow"),
    };
    let protection = protection::read(fields);
    let logo = read_logo(fields, file);
    fields.expect_none_wrong()?;
    Ok(AppForm { details, protection, logo })
}

/// The scopes that are marked as optional; each must be one of the app's scopes.
fn optional_scopes(fields: &mut Fields, asked: ScopeSet) -> ScopeSet {
    let optional = marked_as_optional(fields);
    if !optional.is_subset_of(asked) {
        fields.fault("scope", Message::with("field.scope.optional", optional.without(asked)));
    }
    optional
}

fn marked_as_optional(fields: &Fields) -> ScopeSet {
    fields.all(OPTIONAL_SCOPE).into_iter().filter_map(|name| name.parse::<Scope>().ok()).collect()
}

fn website(fields: &mut Fields) -> Option<String> {
    let text = fields.optional_text("website", 500).filter(|text| !text.is_empty())?;
    let address = website_address(&text);
    if address.is_none() {
        fields.fault("website", Message::new("developers.form.website_fault"));
    }
    address
}

/// The URL as browsers display it, so that owners see where a look-alike really leads.
fn website_address(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let good = url.scheme() == "https"
        && url.host_str().is_some_and(|host| host.contains('.'))
        && url.username().is_empty()
        && url.password().is_none();
    let canonical = url.as_str();
    good.then(|| {
        if canonical.strip_suffix('/') == Some(text) {
            text.to_owned()
        } else {
            canonical.to_owned()
        }
    })
}

fn redirect_uri_list(fields: &mut Fields) -> RedirectUris {
    redirect_uris::parse(fields.sent("redirect_uris")).unwrap_or_else(|fault| {
        fields.fault("redirect_uris", fault.message());
        RedirectUris::default()
    })
}

/// The form's fields with an app's values.
pub(super) fn pairs_of(app: &App, protection: &AppProtection) -> Vec<(String, String)> {
    let uris: Vec<&str> = app.redirect_uris.0.iter().map(RedirectUri::as_str).collect();
    let mut pairs = vec![
        ("name".to_owned(), app.name.clone()),
        ("description".to_owned(), app.description.clone()),
        ("website".to_owned(), app.website.clone().unwrap_or_default()),
        ("redirect_uris".to_owned(), uris.join("\n")),
    ];
    pairs.extend(app.scopes.iter().map(|scope| ("scope".to_owned(), scope.name().to_owned())));
    pairs.extend(
        app.optional_scopes
            .iter()
            .map(|scope| (OPTIONAL_SCOPE.to_owned(), scope.name().to_owned())),
    );
    pairs.extend(app.device_flow.then(|| ("device_flow".to_owned(), "1".to_owned())));
    pairs.extend(protection::pairs_of(protection));
    pairs
}

/// The labels of the form's fields.
pub(super) fn labels(lang: Lang) -> [(&'static str, Cow<'static, str>); 8] {
    [
        ("name", tr!(lang, "developers.form.name")),
        ("description", tr!(lang, "developers.form.description")),
        ("website", tr!(lang, "developers.form.website")),
        ("logo", tr!(lang, "developers.form.logo")),
        ("redirect_uris", tr!(lang, "developers.form.redirect_uris")),
        ("client_type", tr!(lang, "developers.client.legend")),
        ("scope", tr!(lang, "ui.scopes")),
        (protection::NAME, tr!(lang, "developers.protection.title")),
    ]
}

/// The form: for an existing app, or a new one.
pub(super) fn form(member: &DeveloperMember, fields: &Fields, app: Option<&App>) -> Markup {
    let lang = member.lang();
    let errors = fields.errors().list(lang);
    let (action, cancel, label) = match app {
        Some(app) => (
            format!("/developers/apps/{}/edit", app.id),
            format!("/developers/apps/{}", app.id),
            tr!(lang, "developers.save"),
        ),
        None => (
            "/developers/apps/new".to_owned(),
            "/developers/apps".to_owned(),
            tr!(lang, "developers.create_app"),
        ),
    };
    let field = |name: &'static str, label: &'static str| {
        Field::text(lang, name, tr!(lang, label)).value(fields.sent(name)).errors_from(&errors)
    };
    let ticked: ScopeSet =
        fields.all("scope").into_iter().filter_map(|name| name.parse::<Scope>().ok()).collect();
    let offered = offered_scopes(app.map_or_else(ScopeSet::default, |app| app.scopes));
    let areas = with_optional(scope_areas(lang, offered, ticked), marked_as_optional(fields));
    html! {
        (ui::multipart_form(&action, &member.visit.mark, html! {
            @if app.is_none() { (single_use_field()) } @else { (filled_from_field(fields)) }
            (field("name", "developers.form.name").hint(tr!(lang, "developers.form.name_hint")).required(true).maxlength(100).autocomplete("off"))
            (Field::textarea(lang, "description", tr!(lang, "developers.form.description")).value(fields.sent("description")).errors_from(&errors)
                .hint(tr!(lang, "developers.form.description_hint")))
            (field("website", "developers.form.website").kind("url").hint(tr!(lang, "developers.form.website_hint")).inputmode("url"))
            (logo_field(lang, app.filter(|app| app.has_logo).map(logo::mark), &errors))
            (redirect_uris_field(member, fields))
            @if app.is_none() { (client::type_choice(lang, fields)) }
            (ui::scope_picker(lang, &areas, fields.errors().first("scope", lang).as_deref()))
            (client::device_flow(lang, fields))
            (protection::section(lang, fields, app))
            (ui::actions(html! {
                (ui::submit(&label, ButtonStyle::Primary))
                (ui::link_button(&tr!(lang, "ui.cancel"), &cancel, ButtonStyle::Secondary))
            }))
        }))
    }
}

fn redirect_uris_field(member: &DeveloperMember, fields: &Fields) -> Markup {
    let (lang, sent) = (member.lang(), fields.sent("redirect_uris"));
    let faulty = fields.errors().first("redirect_uris", lang).is_some();
    let details = if faulty {
        redirect_uris::parse(sent).err().map(|fault| fault.details(lang))
    } else {
        None
    };
    html! {
        (Field::textarea(lang, "redirect_uris", tr!(lang, "developers.form.redirect_uris")).value(sent).errors(&details.unwrap_or_default())
            .hint(tr!(lang, "developers.form.redirect_uris_hint")).placeholder("https://app.example.nl/callback").required(true).mono())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_pairs(pairs: &[(&str, &str)], file: Option<&[u8]>) -> Result<AppForm, Vec<String>> {
        let mut fields = Fields::pairs(
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        );
        let file = file.map(|bytes| UploadedFile { bytes: bytes.to_vec().into() });
        read(&mut fields, file.as_ref(), ScopeSet::all())
            .map_err(|_| fields.errors().to_json().keys().map(|key| (*key).to_owned()).collect())
    }

    const GOOD: [(&str, &str); 3] = [
        ("name", "Planner"),
        ("redirect_uris", "https://a.example/cb"),
        ("scope", "customers.read"),
    ];

    #[test]
    fn a_name_a_redirect_uri_and_a_scope_are_enough() {
        let AppForm { details, protection, logo } =
            read_pairs(&GOOD, None).map_err(|errors| errors.join(" ")).unwrap();
        assert_eq!(
            (details.name.as_str(), details.description.as_str(), details.website),
            ("Planner", "", None)
        );
        assert_eq!(details.scopes.to_string(), "customers.read");
        assert!(matches!(logo, LogoChange::Keep));
        assert_eq!(protection, AppProtection::default());
    }

    #[test]
    fn what_is_ticked_is_switched_on_and_shown_again() {
        let ticked = ["pkce", "rotation", "pushed_requests", "dpop", "refresh_token_end"]
            .map(|name| ("protection", name));
        let form = read_pairs(&[&GOOD[..], &ticked[..]].concat(), None)
            .map_err(|errors| errors.join(" "))
            .unwrap();
        let all = AppProtection {
            require_pkce: true,
            rotate_refresh_tokens: true,
            require_pushed_requests: true,
            require_dpop: true,
            end_refresh_tokens: true,
        };
        assert_eq!(form.protection, all);
        assert_eq!(
            protection::read(&Fields::pairs(protection::pairs_of(&form.protection))),
            form.protection
        );
    }

    #[test]
    fn every_faulty_field_is_named_at_once() {
        let pairs =
            [("website", "http://a.example"), ("redirect_uris", "x"), ("scope", "nonsense")];
        assert_eq!(
            read_pairs(&pairs, Some(b"<svg/>")).err().unwrap(),
            ["logo", "name", "redirect_uris", "scope", "website"]
        );
    }

    #[test]
    fn a_file_must_be_chosen_again_when_something_else_is_wrong() {
        let gif = b"GIF89a\x10\0\x10\0\0\0\0";
        assert!(matches!(
            read_pairs(&GOOD, Some(gif)),
            Ok(AppForm { logo: LogoChange::Replace(_), .. })
        ));
        assert_eq!(read_pairs(&GOOD[1..], Some(gif)).err().unwrap(), ["logo", "name"]);
    }

    #[test]
    fn a_website_is_https_and_shown_as_it_is_reached() {
        assert_eq!(website_address("https://a.example").as_deref(), Some("https://a.example"));
        assert_eq!(website_address("https://A.example/x").as_deref(), Some("https://a.example/x"));
        assert_eq!(
            website_address("https://bücher.example").as_deref(),
            Some("https://xn--bcher-kva.example/")
        );
        for wrong in [
            "http://a.example",
            "a.example",
            "javascript:alert(1)",
            "https://a@b.example",
            "https://intranet",
            "",
        ] {
            assert_eq!(website_address(wrong), None, "{wrong}");
        }
    }
}
