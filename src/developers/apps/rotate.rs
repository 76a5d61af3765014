//! A new secret in the place of the old one, which may work beside it for a while.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use maud::{Markup, html};

use super::trail;
use crate::accounts::pages::RecentlyAuthenticated;
use crate::developers::{DeveloperMember, moment};
use crate::error::{Message, Result};
use crate::http::site::Form;
use crate::http::{Fields, Path};
use crate::i18n::tr;
use crate::ids::AppId;
use crate::oauth::{App, AppSecret};
use crate::server::Server;
use crate::ui::{self, ButtonStyle, Choice, ChoiceKind, FlashKind};

/// How long the old secret works beside the new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Overlap {
    None,
    Hour,
    Day,
    Week,
}

impl Overlap {
    const ALL: [Self; 4] = [Self::None, Self::Hour, Self::Day, Self::Week];

    const fn value(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Hour => "1h",
            Self::Day => "24h",
            Self::Week => "7d",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::None => "developers.rotate.none",
            Self::Hour => "developers.rotate.hour",
            Self::Day => "developers.rotate.day",
            Self::Week => "developers.rotate.week",
        }
    }

    const fn hint(self) -> Option<&'static str> {
        match self {
            Self::None => Some("developers.rotate.none_hint"),
            Self::Day => Some("developers.rotate.day_hint"),
            Self::Hour | Self::Week => None,
        }
    }

    const fn duration(self) -> SignedDuration {
        SignedDuration::from_hours(match self {
            Self::None => 0,
            Self::Hour => 1,
            Self::Day => 24,
            Self::Week => 7 * 24,
        })
    }

    fn from_value(value: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|overlap| overlap.value() == value)
    }
}

pub(super) async fn show(State(server): State<Server>, member: DeveloperMember, _: RecentlyAuthenticated, Path(id): Path<AppId>) -> Result<Markup> {
    let app = App::of_developer(&server.db, &member.developer.id, &id).await?;
    Ok(page(&member, &app, &Fields::pairs(vec![("overlap".to_owned(), Overlap::Day.value().to_owned())])))
}

pub(super) async fn submit(
    State(server): State<Server>,
    member: DeveloperMember,
    _: RecentlyAuthenticated,
    Path(id): Path<AppId>,
    Form(mut fields): Form,
) -> Result<Response> {
    let app = App::of_developer(&server.db, &member.developer.id, &id).await?;
    let Some(overlap) = Overlap::from_value(fields.sent("overlap")) else {
        fields.fault("overlap", Message::new("developers.rotate.choose"));
        return Ok(page(&member, &app, &fields).into_response());
    };
    let now = server.clock.now();
    let secret = AppSecret::rotate(&server.db, &app.id, overlap.duration(), now).await?;
    let old_ends = AppSecret::list(&server.db, &app.id, now).await?.into_iter().filter_map(|secret| secret.expires_at).max();
    Ok(done(&member, &app, secret.reveal(), old_ends).into_response())
}

fn page(member: &DeveloperMember, app: &App, fields: &Fields) -> Markup {
    let (lang, title) = (member.lang(), tr!(member.lang(), "developers.rotate.title"));
    let errors = fields.errors().list(lang);
    let choice = |overlap: Overlap| Choice {
        value: overlap.value().into(),
        label: tr!(lang, overlap.label()),
        hint: overlap.hint().map(|hint| tr!(lang, hint)),
        checked: fields.sent("overlap") == overlap.value(),
    };
    let path = format!("/developers/apps/{}", app.id);
    let body = html! {
        (trail(lang, app, &title))
        (ui::header(&title, Some(&tr!(lang, "developers.rotate.intro")), html! {}))
        (ui::error_summary(lang, &errors))
        (ui::form(&format!("{path}/rotate"), &member.visit.csrf, html! {
            (ui::choice_group(ChoiceKind::One, "overlap", &tr!(lang, "developers.rotate.overlap"), &Overlap::ALL.map(choice),
                fields.errors().first("overlap", lang).as_deref()))
            (ui::actions(html! {
                (ui::submit(&title, ButtonStyle::Primary))
                (ui::link_button(&tr!(lang, "ui.cancel"), &path, ButtonStyle::Secondary))
            }))
        }))
    };
    member.chrome().page(&title, body)
}

/// The only page that ever shows the new secret.
fn done(member: &DeveloperMember, app: &App, secret: &str, old_ends: Option<jiff::Timestamp>) -> Markup {
    let (lang, title) = (member.lang(), tr!(member.lang(), "developers.rotate.done"));
    let old = match old_ends {
        Some(end) => tr!(lang, "developers.rotate.old_until", end = moment(lang, end)),
        None => tr!(lang, "developers.rotate.old_over"),
    };
    let body = html! {
        (trail(lang, app, &title))
        (ui::header(&title, None, html! {}))
        (ui::card(None, html! {
            (ui::secret_once(lang, &tr!(lang, "developers.app_secret"), secret, &tr!(lang, "developers.secret_once")))
            (ui::notice(FlashKind::Info, None, html! { p { (old) } }))
            (ui::actions(ui::link_button(&tr!(lang, "developers.to_app"), &format!("/developers/apps/{}", app.id), ButtonStyle::Primary)))
        }))
    };
    member.chrome().page(&title, body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_overlap_is_known_by_its_own_value() {
        for overlap in Overlap::ALL {
            assert_eq!(Overlap::from_value(overlap.value()), Some(overlap));
        }
        assert_eq!(Overlap::from_value("8d"), None);
        assert_eq!(Overlap::Week.duration(), SignedDuration::from_secs(604_800));
    }
}
