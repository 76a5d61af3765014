//! The requests of one key or grant that are not in the database yet.

use super::RequestNote;

/// The most requests that a buffer holds between two writes, which are seconds apart: about 200 a second.
const MOST: u32 = 1000;

/// Packed requests, and how many more there were than fit.
#[derive(Debug, Default)]
pub struct Buffer {
    pub(super) packed: Vec<u8>,
    pub(super) entries: u32,
    pub(super) dropped: u32,
    /// Milliseconds since 1970 of the first and the last; 0 without entries.
    pub(super) oldest: i64,
    pub(super) newest: i64,
}

impl Buffer {
    /// Adds a request, or counts that there was no room for it.
    pub fn push(&mut self, request: &RequestNote<'_>) {
        if self.entries >= MOST {
            self.dropped = self.dropped.saturating_add(1);
            return;
        }
        let at = request.at.as_millisecond();
        self.oldest = if self.entries == 0 { at } else { self.oldest.min(at) };
        self.newest = if self.entries == 0 { at } else { self.newest.max(at) };
        request.pack(&mut self.packed);
        self.entries += 1;
    }

    /// Whether there is nothing to write.
    pub const fn is_empty(&self) -> bool {
        self.entries == 0 && self.dropped == 0
    }

    /// Takes up the requests of another buffer as far as there is room: a segment holds at most twice as many
    /// requests as a buffer.
    pub fn absorb(&mut self, other: &Self) {
        self.dropped = self.dropped.saturating_add(other.dropped);
        if self.entries + other.entries > 2 * MOST {
            self.dropped = self.dropped.saturating_add(other.entries);
        } else if self.entries == 0 {
            (self.oldest, self.newest) = (other.oldest, other.newest);
            self.packed.clone_from(&other.packed);
            self.entries = other.entries;
        } else if other.entries > 0 {
            (self.oldest, self.newest) = (self.oldest.min(other.oldest), self.newest.max(other.newest));
            self.packed.extend_from_slice(&other.packed);
            self.entries += other.entries;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::entry::tests::note;
    use super::super::entry::unpack;
    use super::*;

    #[test]
    fn what_is_too_much_is_counted_and_not_kept() {
        let mut buffer = Buffer::default();
        for at in 0..i64::from(MOST) + 5 {
            buffer.push(&note(at, "GET", "/", 200));
        }
        assert_eq!((buffer.entries, buffer.dropped), (MOST, 5));
        assert_eq!((buffer.oldest, buffer.newest), (0, i64::from(MOST) - 1));
        assert_eq!(unpack(&buffer.packed).count(), MOST as usize);
    }

    #[test]
    fn two_buffers_become_one_and_no_request_goes_uncounted() {
        let mut full = Buffer::default();
        for at in 0..i64::from(MOST) {
            full.push(&note(100 + at, "GET", "/", 200));
        }
        let mut sum = Buffer::default();
        for times in 1..4_u32 {
            sum.absorb(&full);
            assert_eq!(sum.entries + sum.dropped, times * MOST);
        }
        assert_eq!((sum.entries, sum.oldest), (2 * MOST, 100));
        let mut late = Buffer::default();
        late.push(&note(5, "GET", "/", 200));
        late.absorb(&Buffer::default());
        assert_eq!((late.entries, late.oldest, late.newest), (1, 5, 5));
    }
}
