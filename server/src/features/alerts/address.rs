//! Which addresses a web hook may go to.
//!
//! Whoever manages alert rules must not be able to make this server ask its own machine, its neighbours, or the
//! services that clouds offer their machines on link-local addresses. So the names of hosts are looked up, every
//! address is checked here, and the connection goes to what was checked: a second lookup could say something
//! else.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::http::{Uri, uri::Scheme};

/// Networks of IPv4 that are not the internet's (the registry of RFC 6890, and multicast).
const CLOSED_V4: [(Ipv4Addr, u32); 15] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Whether an address lies in the internet that everybody sees.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !CLOSED_V4.iter().any(|(network, bits)| {
        let shift = 32 - bits;
        address.to_bits() >> shift == network.to_bits() >> shift
    })
}

/// Of IPv6 only what is handed out for the internet (`2000::/3`), without what is set apart in it, and addresses
/// that stand for one of IPv4, which then counts.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    match segments {
        // What translators of networks without IPv4 make of it (RFC 6052), and 6to4 (RFC 3056).
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            is_public_v4(joined(high, low))
        }
        // Protocol assignments, Teredo among them; documentation.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // IPv4-mapped and IPv4-compatible addresses are outside of it too.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

fn joined(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))
}

/// Whether a text is an address that a web hook can go to, in the form that the OpenAPI document asks for.
pub fn is_web_address(url: &str) -> bool {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let Some(rest) = rest else { return false };
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let fine = |character: char| {
        character.is_ascii_alphanumeric() || "._~!$&'()*+,;=:@%/?-".contains(character)
    };
    is_authority(authority) && path.chars().all(fine) && url.parse::<Uri>().is_ok()
}

fn is_authority(authority: &str) -> bool {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((host, rest)) => (host, rest),
            None => return false,
        },
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let literal = authority.starts_with('[');
    let host_is_fine = host.chars().all(|character| match character {
        ':' => literal,
        '-' => !literal,
        '.' => true,
        _ if literal => character.is_ascii_hexdigit(),
        _ => character.is_ascii_alphanumeric(),
    });
    let port = port.strip_prefix(':').or(port.is_empty().then_some("80"));
    let port_is_fine = port.is_some_and(|port| {
        port.bytes().all(|byte| byte.is_ascii_digit())
            && port.len() <= 5
            && port.parse::<u16>().is_ok()
    });
    !host.is_empty() && host_is_fine && port_is_fine
}

/// Looks the host of a web hook up.
///
/// # Errors
/// When there is no such host.
pub async fn look_up(url: &Uri) -> std::io::Result<Vec<SocketAddr>> {
    let host = url.host().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let usual = if url.scheme() == Some(&Scheme::HTTPS) {
        443
    } else {
        80
    };
    let port = url.port_u16().unwrap_or(usual);
    Ok(tokio::net::lookup_host((host, port)).await?.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_internet_is_public() {
        for public in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2a00:1450:4001::1",
            "2001:200::1",
            "64:ff9b::1.1.1.1",
            "2002:101:101::1",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for closed in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::1.1.1.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::ffff:1.1.1.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::127.0.0.1",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:0:7f00:1::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "2002:c0a8:1::1",
            "3fff::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(closed.parse().unwrap()), "{closed}");
        }
    }

    #[test]
    fn addresses_of_web_hooks_have_one_plain_form() {
        for fine in [
            "http://example.org",
            "https://example.org/",
            "https://example.org:65535/a/b?c=d%20e",
            "http://[2606:4700::1]:8080/x",
            "http://127.0.0.1",
        ] {
            assert!(is_web_address(fine), "{fine}");
        }
        for wrong in [
            "",
            "example.org",
            "ftp://example.org",
            "file:///etc/passwd",
            "https://",
            "https:///path",
            "https://user@example.org/",
            "https://user:word@example.org/",
            "https://example.org:65536/",
            "https://example.org:+80/",
            "https://example.org:/",
            "https://example.org?x",
            "https://example.org/#fragment",
            "https://example.org/a b",
            "https://example.org/\r\nX: y",
            "https://[::1",
            "https://[::1]x/",
            "https://[g::1]/",
            "https://b\u{fc}cher.example/",
            "https://example.org\\@10.0.0.1/",
        ] {
            assert!(!is_web_address(wrong), "{wrong}");
        }
    }

    #[tokio::test]
    async fn hosts_are_looked_up_with_their_ports() {
        let found = async |url: &str| look_up(&url.parse().unwrap()).await.unwrap();
        assert_eq!(
            found("https://127.0.0.1/x").await,
            ["127.0.0.1:443".parse().unwrap()]
        );
        assert_eq!(
            found("http://[::1]:81/").await,
            ["[::1]:81".parse().unwrap()]
        );
        for address in found("http://localhost").await {
            assert!(!is_public(address.ip()));
        }
        // Other ways of writing an address of IPv4 are the system's matter, and seen through.
        for odd in ["http://2130706433/", "http://0x7f.1/", "http://127.1/"] {
            if let Ok(found) = look_up(&odd.parse().unwrap()).await {
                assert!(
                    found.iter().all(|address| !is_public(address.ip())),
                    "{odd}"
                );
            }
        }
    }
}
