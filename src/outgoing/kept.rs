//! Connections that stay open for the next request to the same origin.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use url::Url;

use super::connection::Connection;

/// How many connections to one origin wait for a request: as many as a webhook has in progress at once.
const MOST_OF_ORIGIN: usize = 4;

/// How many origins have connections that wait.
const MOST_ORIGINS: usize = 256;

/// The connections that wait, by origin.
#[derive(Default)]
pub(super) struct KeptConnections(Mutex<HashMap<String, Vec<Connection>>>);

impl KeptConnections {
    /// A connection to the origin of `url` that is ready for a request.
    pub fn take(&self, url: &Url) -> Option<Connection> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = all.get_mut(&origin(url))?;
        std::iter::from_fn(|| waiting.pop()).find_map(|mut one| one.is_ready().then_some(one))
    }

    /// Keeps a connection after its response, if there is room for it.
    pub fn put(&self, url: &Url, connection: Connection) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST_ORIGINS {
            for waiting in all.values_mut() {
                waiting.retain_mut(Connection::is_ready);
            }
            all.retain(|_, waiting| !waiting.is_empty());
            if all.len() >= MOST_ORIGINS {
                return;
            }
        }
        let waiting = all.entry(origin(url)).or_default();
        if waiting.len() < MOST_OF_ORIGIN {
            waiting.push(connection);
        }
    }
}

/// Scheme, host and port (RFC 6454 section 4).
fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}
