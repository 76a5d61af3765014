//! The folder of the demo's mail.

use std::path::{Path, PathBuf};

use crate::server::Server;

/// The folder of the demo's mail.
pub(super) fn folder(server: &Server) -> Option<PathBuf> {
    server.mailer.folder().filter(|_| server.demo).map(Path::to_owned)
}
