//! People without an account, who come with a public link: what they open, and the pages' headers.

mod guest;
mod mail_limits;
mod pages;
mod pass;
mod writer;

pub use guest::{Guest, dead_link};
pub use pages::guest_router;
pub use writer::Writer;
