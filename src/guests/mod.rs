//! People without an account: what they open by a public link, and the mail that portals send them.

mod guest;
mod mail_limits;
mod pages;
mod pass;
mod writer;

pub use guest::{Guest, dead_link};
pub use pages::guest_router;
pub use writer::{Writer, mail_job};
