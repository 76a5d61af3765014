//! Connections that stay open for the next request to the same origin.

use std::sync::{Mutex, PoisonError};

use url::Url;

use super::connection::Connection;

/// How many connections to one origin wait for a request: as many as a webhook has in progress at once.
const MOST_OF_ORIGIN: usize = 4;

/// How many connections wait in all.
const MOST: usize = 64;

/// The connections that wait, each with its origin.
#[derive(Default)]
pub(super) struct KeptConnections(Mutex<Vec<(String, Connection)>>);

impl KeptConnections {
    /// A connection to the origin of `url` that is ready for a request.
    pub fn take(&self, url: &Url) -> Option<Connection> {
        let (mut all, origin) =
            (self.0.lock().unwrap_or_else(PoisonError::into_inner), origin(url));
        all.retain_mut(|(_, connection)| connection.is_ready());
        let at = all.iter().rposition(|(of, _)| *of == origin)?;
        Some(all.swap_remove(at).1)
    }

    /// Keeps a connection after its response, if there is room for it.
    pub fn put(&self, url: &Url, connection: Connection) {
        let (mut all, origin) =
            (self.0.lock().unwrap_or_else(PoisonError::into_inner), origin(url));
        all.retain_mut(|(_, connection)| connection.is_ready());
        let of_origin = all.iter().filter(|(of, _)| *of == origin).count();
        if all.len() < MOST && of_origin < MOST_OF_ORIGIN {
            all.push((origin, connection));
        }
    }
}

/// Scheme, host and port (RFC 6454 section 4).
fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}
