//! The requests of one key or grant that aren't in the database yet. Requests refused because of
//! their token have a small buffer of their own, so that a thief can't push out earlier entries
//! with thousands of refused requests.

use super::RequestNote;

/// The maximum number of answered requests in a buffer between two writes, which are seconds apart:
/// about 200 a second.
const MOST: u32 = 1000;

/// The maximum number of refused ones.
const MOST_REFUSED: u32 = 50;

/// Packed requests of one token.
#[derive(Debug, Default)]
pub struct Buffer {
    pub(super) answered: Packed<MOST>,
    pub(super) refused: Packed<MOST_REFUSED>,
}

/// Packed requests, and the number that didn't fit.
#[derive(Debug, Default)]
pub(super) struct Packed<const MOST: u32> {
    pub(super) bytes: Vec<u8>,
    pub(super) entries: u32,
    pub(super) dropped: u32,
    /// The times of the first and the last, in milliseconds since 1970; 0 without entries.
    pub(super) oldest: i64,
    pub(super) newest: i64,
}

impl Buffer {
    /// Adds a request, or counts it if the buffer is full.
    pub fn push(&mut self, request: &RequestNote<'_>) {
        if request.is_turned_away() {
            self.refused.push(request)
        } else {
            self.answered.push(request)
        }
    }

    /// Whether there is nothing to write.
    pub const fn is_empty(&self) -> bool {
        self.answered.is_empty() && self.refused.is_empty()
    }

    /// Adds the requests of another buffer, as far as they fit.
    pub fn absorb(&mut self, other: &Self) {
        self.answered.absorb(&other.answered);
        self.refused.absorb(&other.refused);
    }
}

impl<const MOST: u32> Packed<MOST> {
    fn push(&mut self, request: &RequestNote<'_>) {
        if self.entries >= MOST {
            self.dropped = self.dropped.saturating_add(1);
            return;
        }
        let at = request.at.as_millisecond();
        self.oldest = if self.entries == 0 { at } else { self.oldest.min(at) };
        self.newest = if self.entries == 0 { at } else { self.newest.max(at) };
        request.pack(&mut self.bytes);
        self.entries += 1;
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.entries == 0 && self.dropped == 0
    }

    /// A segment has at most twice as many requests as a buffer.
    fn absorb(&mut self, other: &Self) {
        self.dropped = self.dropped.saturating_add(other.dropped);
        if self.entries + other.entries > 2 * MOST {
            self.dropped = self.dropped.saturating_add(other.entries);
        } else if self.entries == 0 {
            (self.oldest, self.newest) = (other.oldest, other.newest);
            self.bytes.clone_from(&other.bytes);
            self.entries = other.entries;
        } else if other.entries > 0 {
            (self.oldest, self.newest) =
                (self.oldest.min(other.oldest), self.newest.max(other.newest));
            self.bytes.extend_from_slice(&other.bytes);
            self.entries += other.entries;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Refusal;
    use super::super::entry::tests::note;
    use super::super::entry::unpack;
    use super::*;

    /// An entry for a refused request.
    fn refused(at: i64, refusal: Refusal) -> RequestNote<'static> {
        RequestNote { refusal: Some(refusal), ..note(at, "GET", "/", 429) }
    }

    #[test]
    fn what_is_too_much_is_counted_and_not_kept() {
        let mut buffer = Buffer::default();
        for at in 0..i64::from(MOST) + 5 {
            buffer.push(&note(at, "GET", "/", 200));
        }
        let answered = &buffer.answered;
        assert_eq!((answered.entries, answered.dropped), (MOST, 5));
        assert_eq!((answered.oldest, answered.newest), (0, i64::from(MOST) - 1));
        assert_eq!(unpack(&answered.bytes).count(), MOST as usize);
    }

    #[test]
    fn refused_requests_take_no_room_from_answered_ones() {
        for refusal in [
            Refusal::RateLimit,
            Refusal::Address,
            Refusal::Expired,
            Refusal::Revoked,
            Refusal::Proof,
        ] {
            let mut buffer = Buffer::default();
            for at in 0..i64::from(MOST) {
                buffer.push(&refused(at, refusal));
            }
            assert_eq!(
                (buffer.refused.entries, buffer.refused.dropped),
                (MOST_REFUSED, MOST - MOST_REFUSED)
            );
            for at in 0..i64::from(MOST) {
                buffer.push(&note(at, "GET", "/", 200));
            }
            assert_eq!(
                (buffer.answered.entries, buffer.answered.dropped),
                (MOST, 0),
                "{refusal:?}"
            );
        }
        // A request that lacks a scope counts towards the rate limit.
        let mut buffer = Buffer::default();
        buffer.push(&refused(1, Refusal::Scope));
        assert!(!buffer.answered.is_empty() && buffer.refused.is_empty());
    }

    #[test]
    fn two_buffers_become_one_and_no_request_goes_uncounted() {
        let mut full = Buffer::default();
        for at in 0..i64::from(MOST) {
            full.push(&note(100 + at, "GET", "/", 200));
            full.push(&refused(100 + at, Refusal::RateLimit));
        }
        let mut sum = Buffer::default();
        for times in 1..4_u32 {
            sum.absorb(&full);
            assert_eq!(sum.answered.entries + sum.answered.dropped, times * MOST);
            assert_eq!(sum.refused.entries + sum.refused.dropped, times * MOST);
        }
        assert_eq!((sum.answered.entries, sum.answered.oldest), (2 * MOST, 100));
        assert_eq!((sum.refused.entries, sum.refused.oldest), (2 * MOST_REFUSED, 100));
        let mut late = Buffer::default();
        late.push(&note(5, "GET", "/", 200));
        late.absorb(&Buffer::default());
        assert_eq!((late.answered.entries, late.answered.oldest, late.answered.newest), (1, 5, 5));
    }
}
