//! Pages with a form in which only a name is typed.

use maud::{Markup, html};

use super::member::Member;
use crate::i18n::tr;
use crate::ui::{self, ButtonStyle, Field};
use crate::web::Section;

/// A page with a form in which only a name is typed.
pub struct NamePage<'a> {
    /// Its section.
    pub section: &'a Section,
    /// Its title.
    pub title: &'a str,
    /// The way to it.
    pub crumbs: Markup,
    /// What is above the form, such as a warning.
    pub above: Markup,
    /// The target of the form.
    pub action: &'a str,
    /// The page to return to without saving.
    pub cancel: &'a str,
    /// The field.
    pub field: Field<'a>,
    /// Hidden fields.
    pub hidden: Markup,
    /// The button that saves, if it isn't the usual one.
    pub save: Option<Markup>,
}

impl NamePage<'_> {
    /// The page.
    pub fn show(self, member: &Member) -> Markup {
        let lang = member.lang();
        let save = self
            .save
            .unwrap_or_else(|| ui::submit(&tr!(lang, "manage.save"), ButtonStyle::Primary));
        let body = html! {
            (self.crumbs)
            (ui::header(self.title, None, html! {}))
            (self.above)
            (ui::form(self.action, &member.visit.mark, html! {
                (self.hidden)
                (self.field.required(true).autocomplete("off").autofocus())
                (ui::actions(html! {
                    (save)
                    (ui::link_button(&tr!(lang, "ui.cancel"), self.cancel, ButtonStyle::Secondary))
                }))
            }))
        };
        member.chrome(self.section).page(self.title, body)
    }
}
