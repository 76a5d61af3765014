//! The components that every page is built from: the page around the content, forms, tables,
//! feedback.
//!
//! A component takes plain values and returns [`maud::Markup`]; all text is escaped. The content
//! security policy allows no inline script or style, so no component writes a `style` or `on…`
//! attribute: styles are only in `static/styles/`.

pub mod assets;
mod bulk_bar;
mod button;
mod changed;
mod chart;
mod chrome;
mod code;
mod contact;
mod feedback;
mod field;
mod files;
mod filters;
mod form;
mod hidden;
mod icon;
mod languages;
mod layout;
mod once;
mod palette;
mod passkey_form;
mod qr_code;
mod scanner;
mod scope_picker;
mod table;
#[cfg(test)]
mod tests;
mod theme;
mod watched;

pub use bulk_bar::{BulkBar, bulk_form};
pub use button::{
    ButtonStyle, button_form, button_form_about, button_form_with, button_form_with_field,
    link_button, link_button_about, new_tab_button, save_or_cancel, submit, submit_named,
};
pub use changed::changed_notice;
pub use chart::{Bar, bar_chart};
pub use chrome::{Chrome, Flash, FlashUndo, NavGroup, NavItem, Site};
pub use code::{code_block, copyable, endpoint, prose, secret_block, secret_once, tabs};
pub use contact::{mail_link, phone_link};
pub use feedback::{
    BadgeKind, FlashKind, badge, confirm, confirm_with, danger_zone, empty_state, notice, question,
    warning,
};
pub use field::Field;
pub use files::{DropZone, UnfinishedUpload, document, picture};
pub use filters::{
    chips, filter_choice, filter_date, filter_day, filter_select, filter_text, filters,
    list_filters,
};
pub use form::{
    Choice, ChoiceKind, checkbox, choice_group, form, hidden_username, long_choice_group,
    multipart_form, row_choice, search, search_all, search_in,
};
pub use hidden::{FormMark, hidden};
pub use icon::Icon;
pub use languages::SWITCH_LANGUAGE;
pub use layout::{
    actions, app_mark, attention_list, breadcrumbs, card, check_list, definition_list, disclosure,
    fact_cards, facts, grid, header, lines, mono, muted, name, section, stat, steps, task_list,
    toolbar,
};
pub use once::{Once, ShownOnce};
pub use palette::Palette;
pub use passkey_form::{PasskeyAction, PasskeyForm};
pub use qr_code::qr_code;
pub use scanner::scanner;
pub use scope_picker::{OPTIONAL_SCOPE, ScopeArea, ScopeChoice, scope_picker};
pub use table::{
    Head, HeadSort, Pagination, Sorted, TO_PAGE, older_and_newest, pagination, pagination_in_form,
    sortable_table, table, ticked_table, wide_table,
};
pub use theme::{Brand, Rgb};
pub use watched::Watched;
