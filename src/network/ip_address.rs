//! Parses IP addresses and networks in the notations that proxies and people use.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net};

/// The length of the prefix of IPv4-mapped IPv6 addresses (RFC 4291 section 2.5.5.2).
const MAPPED: u8 = 96;

/// Parses an address: alone, with a port (`203.0.113.9:51008`), in brackets
/// (`[2001:db8::7]:51008`), in quotation marks (RFC 7239 section 6) or with a zone
/// (`fe80::1%eth0`), which is dropped. An IPv4-mapped IPv6 address becomes the IPv4 address.
pub fn parse_address(text: &str) -> Option<IpAddr> {
    let text = unquoted(text.trim());
    let address = match text.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']')?;
            let port = port.strip_prefix(':').map_or(port.is_empty(), is_port);
            if !port || !address.contains(':') {
                return None;
            }
            address
        }
        None => match text.rsplit_once(':') {
            // One colon, so what is before it is IPv4.
            Some((address, port)) if !address.contains(':') && is_port(port) => address,
            _ => text,
        },
    };
    let address = match address.split_once('%') {
        Some((address, zone)) if address.contains(':') && !zone.is_empty() => address,
        _ => address,
    };
    address.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// Whether a host, which is a name or an address without brackets, is this machine.
pub fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Parses a network: an address with a prefix length (CIDR, RFC 4632) or a mask
/// (`10.0.0.0/255.0.0.0`); or an address, which is a network of one. Bits after the prefix are
/// cleared.
pub fn parse_network(text: &str) -> Option<IpNet> {
    let text = text.trim();
    let Some((address, length)) = text.rsplit_once('/') else {
        return parse_address(text).map(IpNet::from);
    };
    let written = unbracketed(address.trim()).parse::<IpAddr>().ok()?;
    let length = length.trim();
    let network = match length.parse::<IpAddr>() {
        Ok(mask) => IpNet::with_netmask(written, mask).ok()?,
        Err(_) => IpNet::new(written, length.parse().ok()?).ok()?,
    };
    Some(canonical(network).trunc())
}

fn canonical(network: IpNet) -> IpNet {
    match network.addr().to_canonical() {
        IpAddr::V4(address) if network.prefix_len() >= MAPPED && network.addr().is_ipv6() => {
            IpNet::V4(v4(address, network.prefix_len() - MAPPED))
        }
        _ => network,
    }
}

fn v4(address: Ipv4Addr, length: u8) -> Ipv4Net {
    Ipv4Net::new(address, length).unwrap_or_else(|_| Ipv4Net::from(address))
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}

fn unbracketed(text: &str) -> &str {
    text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text)
}

/// A port, or what a proxy says instead of one (RFC 7239 section 6.3).
fn is_port(text: &str) -> bool {
    let hidden = |rest: &str| {
        !rest.is_empty()
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    match text.strip_prefix('_') {
        Some(rest) => hidden(rest),
        None => text.parse::<u16>().is_ok() && text.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_proxies_and_people_write_it() {
        for (text, address) in [
            ("203.0.113.9", "203.0.113.9"),
            (" 203.0.113.9 ", "203.0.113.9"),
            ("203.0.113.9:51008", "203.0.113.9"),
            ("\"203.0.113.9:51008\"", "203.0.113.9"),
            ("203.0.113.9:_port", "203.0.113.9"),
            ("2001:db8::7", "2001:db8::7"),
            ("2001:DB8:0:0::7", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("[2001:db8::7]:51008", "2001:db8::7"),
            ("\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
            ("fe80::1%eth0", "fe80::1"),
            ("[fe80::1%eth0]:80", "fe80::1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("[::ffff:192.0.2.1]:80", "192.0.2.1"),
        ] {
            assert_eq!(
                parse_address(text).map(|it| it.to_string()).as_deref(),
                Some(address),
                "{text}"
            );
        }
        for wrong in [
            "",
            "unknown",
            "_hidden",
            "localhost",
            "203.0.113",
            "203.0.113.9:",
            "203.0.113.9:65536",
            "203.0.113.9:+1",
            "203.0.113.9:80:80",
            "[203.0.113.9]",
            "[2001:db8::7",
            "2001:db8::7]:80",
            "[2001:db8::7]x",
            "[2001:db8::7]:",
            "203.0.113.9%eth0",
            "fe80::1%",
            "010.0.0.1",
            "203.0.113.9 x",
            "\"203.0.113.9",
            "203.0.113.9/24",
            "[]:80",
            "203.0.113.9:_",
        ] {
            assert_eq!(parse_address(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_network_is_read_with_a_length_or_a_mask_and_an_address_is_one() {
        for (text, network) in [
            ("10.1.2.3/8", "10.0.0.0/8"),
            ("10.1.2.3 / 8", "10.0.0.0/8"),
            ("10.0.0.0/255.0.0.0", "10.0.0.0/8"),
            ("2001:DB8::1/32", "2001:db8::/32"),
            ("[2001:db8::]/32", "2001:db8::/32"),
            ("::ffff:10.1.2.3/104", "10.0.0.0/8"),
            ("::ffff:10.1.2.3", "10.1.2.3/32"),
            ("203.0.113.7:443", "203.0.113.7/32"),
            ("[2001:db8::7]:443", "2001:db8::7/128"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("::/0", "::/0"),
        ] {
            assert_eq!(
                parse_network(text).map(|it| it.to_string()).as_deref(),
                Some(network),
                "{text}"
            );
        }
        for wrong in [
            "",
            "/8",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/-1",
            "10.0.0.0/255.0.255.0",
            "::/129",
            "10.0.0.*",
            "10.0.0.1-10.0.0.9",
            "https://10.0.0.1",
            "10.0.0.0/8/8",
            "10.0.0.0:80/8",
        ] {
            assert_eq!(parse_network(wrong), None, "{wrong}");
        }
    }
}
