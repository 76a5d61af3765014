//! The page of an issued card: what is left of it, the form that takes punches, and its history.

use maud::{Markup, html};

use super::links::{SECTION, card_path, counter_button, issued_path, left, status_badge};
use super::{IssuedPunchCard, issued_queries, stamp};
use crate::error::Result;
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::{IssuedPunchCardId, PunchCardId};
use crate::manage::{HistoryBefore, HistoryPart, Member};
use crate::resources::customers::customer_path;
use crate::ui::{self, ButtonStyle};

/// The ids in the path.
type Ids = Path<(PunchCardId, IssuedPunchCardId)>;

pub(super) async fn show(member: Member, Path((card, id)): Ids) -> Result<Markup> {
    let issued = issued_queries::find(&member.store, &card, &id).await?;
    let row = (issued_queries::ISSUED_KIND, id.as_str());
    let history = HistoryPart::newest(&member, row).await?;
    let (lang, path) = (member.lang(), issued_path(&issued));
    let qr_code = ui::qr_code(&issued.code, &tr!(lang, "punch_cards.qr_code", code = issued.code));
    let body = html! {
        (SECTION.trail(lang, &[(&issued.card_name, &card_path(&card))], &issued.code))
        (ui::header(&issued.card_name, Some(&issued.customer_name), counter_button(lang, ButtonStyle::Secondary)))
        (stamp::form(&member, &issued))
        (ui::grid(vec![
            ui::card(None, facts(&member, &issued)),
            ui::card(Some(&tr!(lang, "punch_cards.code")), html! { (qr_code) p { (ui::mono(&issued.code)) } }),
        ]))
        (history.section(lang, &format!("{path}/history"), changes(&member, &history)))
    };
    let labels = [(stamp::STAMPS, tr!(lang, "punch_cards.stamps"))];
    Ok(member.chrome(&SECTION).with_labels(&labels).page(&issued.card_name, body))
}

fn facts(member: &Member, issued: &IssuedPunchCard) -> Markup {
    let lang = member.lang();
    let [customer, state, issued_at, expires_at, id] = [
        "punch_cards.customer",
        "punch_cards.state",
        "punch_cards.issued_at",
        "punch_cards.expires_at",
        "punch_cards.issued_id",
    ]
    .map(|key| lang.text(key).into_owned());
    let mut items = vec![
        (
            customer.as_str(),
            html! { a href=(customer_path(&issued.customer_id)) { (ui::name(&issued.customer_name)) } },
        ),
        (&state, status_badge(lang, issued.status(member.now()))),
        (&issued_at, member.moment(issued.created_at)),
    ];
    items.extend(issued.expires_at.map(|end| (expires_at.as_str(), member.moment(end))));
    items.push((&id, ui::copyable(lang, &id, issued.id.as_str())));
    ui::definition_list(items)
}

fn changes(member: &Member, history: &HistoryPart) -> Markup {
    let label = tr!(member.lang(), "punch_cards.left").into_owned();
    history.show(member, |_| label.clone(), |_, text| text.to_owned())
}

/// All stamps, the newest first.
pub(super) async fn history(
    member: Member,
    Path((card, id)): Ids,
    before: HistoryBefore,
) -> Result<Markup> {
    let issued = issued_queries::find(&member.store, &card, &id).await?;
    let row = (issued_queries::ISSUED_KIND, id.as_str());
    let history = HistoryPart::page(&member, row, before).await?;
    let (lang, path) = (member.lang(), issued_path(&issued));
    let title = tr!(lang, "history.page_title", name = issued.code);
    let between = [(issued.card_name.as_str(), card_path(&card)), (&issued.code, path.clone())];
    let between = between.each_ref().map(|(label, path)| (*label, path.as_str()));
    let body = html! {
        (SECTION.trail(lang, &between, &tr!(lang, "history.title")))
        (ui::header(&title, Some(&left(lang, &issued)), html! {}))
        (changes(&member, &history))
        (history.links(&member, &format!("{path}/history"), "", before))
    };
    Ok(member.chrome(&SECTION).page(&title, body))
}
