//! The token in a ticket's reply address, at the end of the part before the `@`.
//!
//! It consists of an HMAC that nobody can guess and the letters of the portal's and the ticket's ids. Nothing of
//! it is stored. Mail servers may turn letters into lower case, so it has no others.

use subtle::ConstantTimeEq;

use crate::ids::{PortalId, TicketId};
use crate::sealed::{MARK_LENGTH, SealingKeys};

/// What the mark is for.
const PLACE: &str = "ticket_replies";

/// The digits of base 32 (RFC 4648 section 6), in lower case.
const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// How many digits of the mark there are: 100 bits.
const MARK_DIGITS: usize = 20;

/// The letters of an id behind its prefix.
const ID_LETTERS: usize = 14;

/// The token of a ticket.
pub fn token_of(keys: &SealingKeys, portal: &PortalId, ticket: &TicketId) -> String {
    let mark = digits(&keys.mark(&marked(portal, ticket), PLACE));
    let letters = |id: &str| id.split_once('_').map_or("", |(_, letters)| letters).to_owned();
    format!("{mark}{}{}", letters(portal.as_str()), letters(ticket.as_str()))
}

/// The ticket that an address leads to, if its token is one of ours.
pub fn ticket_of(keys: &SealingKeys, address: &str) -> Option<(PortalId, TicketId)> {
    let (local_part, _) = address.rsplit_once('@')?;
    let token = local_part.rsplit_once('+')?.1.to_ascii_lowercase();
    let (mark, letters) = token.split_at_checked(MARK_DIGITS)?;
    let (portal, ticket) = letters.split_at_checked(ID_LETTERS)?;
    let portal = format!("{}_{portal}", PortalId::PREFIX).parse().ok()?;
    let ticket = format!("{}_{ticket}", TicketId::PREFIX).parse().ok()?;
    let text = marked(&portal, &ticket);
    let is_ours = keys
        .marks(&text, PLACE)
        .any(|known| digits(&known).as_bytes().ct_eq(mark.as_bytes()).into());
    is_ours.then_some((portal, ticket))
}

fn marked(portal: &PortalId, ticket: &TicketId) -> String {
    format!("{portal}/{ticket}")
}

/// The first digits of a mark.
fn digits(mark: &[u8; MARK_LENGTH]) -> String {
    let digit = |place: usize| {
        let (byte, bit) = (place * 5 / 8, place * 5 % 8);
        let pair = u16::from_be_bytes([mark[byte], mark[byte + 1]]);
        char::from(DIGITS[usize::from(pair >> (11 - bit) & 31)])
    };
    (0..MARK_DIGITS).map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_leads_to_its_ticket_and_no_other_one_does() {
        let keys = SealingKeys::random();
        let (portal, ticket) = (PortalId::random(), TicketId::random());
        let token = token_of(&keys, &portal, &ticket);
        assert_eq!(token.len(), MARK_DIGITS + 2 * ID_LETTERS, "it fits behind support+");
        let read = |text: &str| ticket_of(&keys, text);
        let found = Some((portal.clone(), ticket.clone()));
        assert_eq!(read(&format!("support+{token}@example.nl")), found);
        assert_eq!(read(&format!("SUPPORT+{}@elders.nl", token.to_uppercase())), found);
        assert_eq!(ticket_of(&SealingKeys::random(), &format!("a+{token}@b.nl")), None);
        let other = token_of(&keys, &portal, &TicketId::random());
        let forged =
            format!("{}{}", &other[..MARK_DIGITS + ID_LETTERS], &token[MARK_DIGITS + ID_LETTERS..]);
        for wrong in [&forged, &token[1..], &token[..30], "", "é", &format!("{token}a")] {
            assert_eq!(read(&format!("support+{wrong}@example.nl")), None, "{wrong}");
        }
        for wrong in [token.as_str(), &format!("{token}@example.nl"), "", "@", "+@"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_digits_are_those_of_base_32() {
        let mut mark = [0; MARK_LENGTH];
        mark[..6].copy_from_slice(b"foobar");
        assert!(digits(&mark).starts_with("mzxw6ytboi"), "{}", digits(&mark));
    }
}
