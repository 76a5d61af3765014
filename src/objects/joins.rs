//! Limits how many contents are joined of their parts at once.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, PoisonError};

use crate::ids::PortalId;

/// How many contents of a portal are joined at once: meanwhile each is there twice.
const MOST_OF_PORTAL: usize = 4;

/// How many contents of each portal are being joined.
#[derive(Debug, Clone, Default)]
pub(super) struct Joins(Arc<Mutex<HashMap<PortalId, usize>>>);

/// One that is being joined, until this is dropped.
pub(super) struct Join {
    all: Joins,
    portal: PortalId,
}

impl Joins {
    /// One more of a portal.
    ///
    /// # Errors
    /// [`ErrorKind::ResourceBusy`] when the portal has too many.
    pub(super) fn begin(&self, portal: &PortalId) -> io::Result<Join> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = all.entry(portal.clone()).or_default();
        if *count == MOST_OF_PORTAL {
            return Err(ErrorKind::ResourceBusy.into());
        }
        *count += 1;
        Ok(Join { all: self.clone(), portal: portal.clone() })
    }
}

impl Drop for Join {
    fn drop(&mut self) {
        let mut all = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = all.get_mut(&self.portal) {
            *count -= 1;
            if *count == 0 {
                all.remove(&self.portal);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_portal_joins_a_few_at_once() {
        let (joins, portal) = (Joins::default(), PortalId::random());
        let mut begun: Vec<Join> =
            (0..MOST_OF_PORTAL).map(|_| joins.begin(&portal).unwrap()).collect();
        let refused = joins.begin(&portal).err().map(|error| error.kind());
        assert_eq!(refused, Some(ErrorKind::ResourceBusy));
        assert!(joins.begin(&PortalId::random()).is_ok(), "another portal has its own");
        drop(begun.pop());
        assert!(joins.begin(&portal).is_ok());
        drop(begun);
        assert!(joins.0.lock().unwrap().is_empty());
    }
}
