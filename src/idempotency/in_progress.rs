//! Requests with a key that this process is answering now.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::KeyId;

/// The keys of all such requests. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct InProgress(Arc<Mutex<HashSet<KeyId>>>);

/// A request in progress. When it is dropped, the key can be used again.
#[derive(Debug)]
pub struct RequestInProgress {
    all: InProgress,
    key: KeyId,
}

impl InProgress {
    /// Begins a request; `None` while another with the same key is in progress.
    pub fn begin(&self, key: KeyId) -> Option<RequestInProgress> {
        self.keys().insert(key).then(|| RequestInProgress { all: self.clone(), key })
    }

    fn keys(&self) -> MutexGuard<'_, HashSet<KeyId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RequestInProgress {
    /// Its key.
    pub const fn key(&self) -> KeyId {
        self.key
    }
}

impl Drop for RequestInProgress {
    fn drop(&mut self) {
        self.all.keys().remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_in_progress_once_until_its_request_ends() {
        let (all, portal) = (InProgress::default(), "prt_a".parse().unwrap());
        let id = |key: &str| KeyId::new(&portal, "key_a", &key.parse().unwrap());
        let first = all.begin(id("1")).unwrap();
        assert!(all.begin(id("1")).is_none() && all.begin(id("2")).is_some());
        drop(first);
        drop(all.begin(id("1")).unwrap());
        assert!(all.begin(id("1")).is_some(), "again");
        assert!(all.keys().is_empty());
    }
}
