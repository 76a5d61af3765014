//! What the two sites with accounts share: the visitor and language, forms protected against
//! forgery, security headers, error pages.

mod admission;
mod again;
mod allowed;
pub mod audit_log_page;
mod chrome;
mod cookies;
mod draft;
mod file_stream;
mod flash;
mod for_scripts;
mod form;
mod frame;
mod framed;
mod hidden_fields;
mod layer;
mod logo;
mod menu;
mod new_row;
pub(crate) mod next;
mod origin;
mod overlap;
mod pages;
pub mod request_log_page;
mod saved;
mod scopes;
mod section;
mod sent;
mod single_use;
mod site_pages;
mod unknown;
mod visit;
pub mod webhook_actions;
pub mod webhook_page;

pub use admission::{
    Admission, Anybody, FormFiles, FormKind, PageForm, StatesVisitor, TakesForm, Visitor,
};
pub use again::{ANYWAY, ask_again, page_again, refused_at, shown_at};
pub use allowed::{Allowed, Membership};
pub use chrome::plain_chrome;
pub use cookies::{
    forget_log_in_step, forget_session, guests as cookies_of_guests, known_browser, log_in_step,
    next as cookies_of_next, set_known_browser, set_log_in_step, set_session,
};
pub use draft::{is_secret, organisation_of_draft};
pub use file_stream::FileStream;
pub use flash::{DELETION, FlashMessage, RESTORE, see_other, see_other_with};
pub use for_scripts::reads_json;
pub use form::{Form, FormWithFile, FormWithFiles, FormWithReserved, GuestForm, StreamedForm};
pub use layer::{
    ConnectAlso, FormActionAlso, HasFrame, error_page, error_text, language, language_pages,
    no_pages, page_headers, site_router,
};
pub use logo::{logo_field, read_logo};
pub use menu::Menu;
pub use new_row::{new_id, new_id_field};
pub use next::{
    Next, REQUIRED_FACTOR, forget_next, is_about_an_app, keep_next, own_path, to_second_factor,
    with_next,
};
pub use overlap::Overlap;
pub use pages::{Page, Pages};
pub use saved::{Saved, Sent, expected_revision, filled_from_field, verbatim};
pub use scopes::{offered_scopes, scope_areas, ticked_scopes, with_optional};
pub use section::{MenuGroup, Section};
pub use sent::UploadedFile;
pub use single_use::{Claim, SingleUse, single_use_field};
pub use site_pages::SitePages;
pub use unknown::{unknown_page, without_final_slash};
pub use visit::Visit;
