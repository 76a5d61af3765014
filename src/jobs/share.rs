//! How portals share the places of a process, so that one whose jobs hang leaves room for the others. See
//! `docs/decisions/0062-shares-of-portals.md`.

use super::Kind;

/// How many of the free places may be taken, by whom nothing is taken yet: half of them, so that
/// whoever comes next finds some.
pub(super) const fn share(free: usize) -> usize {
    if free < 4 { 1 } else { free / 2 }
}

/// How many more jobs of a lane may start in a process with `free` places, while `in_lane` of the lane
/// run, and `of_portal` of its portal. A portal gets its share of what is free, and a lane its share of
/// what is left for the portal.
pub(super) fn room(kind: &Kind, free: usize, in_lane: usize, of_portal: Option<usize>) -> usize {
    let limit = usize::try_from(kind.at_once_per_lane).unwrap_or(usize::MAX);
    let most = limit.saturating_sub(in_lane).min(free);
    let Some(of_portal) = of_portal.filter(|_| kind.shared_by_portals) else { return most };
    let may_start = |more: &usize| {
        let left = share(free - more).saturating_sub(of_portal + more);
        left > 0 && in_lane + more < share(left)
    };
    (0..most).take_while(may_start).count()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::SignedDuration;

    use super::*;
    use crate::jobs::Retry;

    const PLACES: usize = 256;
    const KIND: Kind = Kind {
        name: "task",
        retry: Retry {
            first: SignedDuration::ZERO,
            factor: 1,
            longest: SignedDuration::ZERO,
            give_up_after: SignedDuration::ZERO,
        },
        at_once: PLACES,
        at_once_per_lane: 4,
        shared_by_portals: true,
        time_limit: Duration::ZERO,
        keep: None,
    };

    /// Portals that take all they can get.
    struct Greedy {
        free: usize,
        /// The places that each lane of each portal has.
        taken: Vec<Vec<usize>>,
    }

    impl Greedy {
        fn new(portals: usize, lanes: usize) -> Self {
            let mut greedy = Self { free: PLACES, taken: vec![vec![0; lanes]; portals] };
            greedy.take();
            greedy
        }

        fn take(&mut self) {
            loop {
                let before = self.free;
                for portal in &mut self.taken {
                    for lane in 0..portal.len() {
                        let more = room(&KIND, self.free, portal[lane], Some(portal.iter().sum()));
                        (portal[lane], self.free) = (portal[lane] + more, self.free - more);
                    }
                }
                if self.free == before {
                    return;
                }
            }
        }

        /// Lets each of their jobs time out, one after the other.
        fn time_out(&mut self) {
            for portal in 0..self.taken.len() {
                for lane in 0..self.taken[portal].len() {
                    for _ in 0..self.taken[portal][lane] {
                        self.taken[portal][lane] -= 1;
                        self.free += 1;
                        self.take();
                    }
                }
            }
        }
    }

    #[test]
    fn portals_that_take_all_they_can_leave_room_for_another_one() {
        for portals in 1..=13 {
            let Greedy { free, taken } = Greedy::new(portals, 20);
            assert!(room(&KIND, free, 0, Some(0)) > 0, "{portals} portals: {taken:?}");
        }
        for portals in [1, 13, 20, 40] {
            let mut greedy = Greedy::new(portals, 20);
            greedy.time_out();
            assert!(greedy.free >= 10, "{portals} portals: {:?}", greedy.taken);
        }
    }

    #[test]
    fn lanes_that_hang_leave_room_for_the_other_lanes_of_their_portal() {
        for lanes in 1..=20 {
            let Greedy { free, taken } = Greedy::new(1, lanes);
            let of_portal = taken[0].iter().sum();
            assert!(room(&KIND, free, 0, Some(of_portal)) > 0, "{lanes} lanes: {taken:?}");
        }
    }

    #[test]
    fn a_lane_is_not_held_back_while_there_is_room() {
        assert_eq!(room(&KIND, PLACES, 0, Some(0)), 4);
        assert_eq!(room(&KIND, PLACES, 3, Some(60)), 1);
        assert_eq!(room(&KIND, PLACES, 4, Some(60)), 0);
        assert_eq!((room(&KIND, 1, 0, Some(0)), room(&KIND, 0, 0, Some(0))), (1, 0));
    }

    #[test]
    fn jobs_of_no_portal_share_nothing() {
        assert_eq!(room(&KIND, PLACES, 1, None), 3);
        let alone = Kind { shared_by_portals: false, ..KIND };
        assert_eq!(room(&alone, 2, 1, Some(250)), 2);
    }
}
