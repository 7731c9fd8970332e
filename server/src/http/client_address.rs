//! Finds the client's address behind trusted proxies.
//!
//! connection's peer -> (while the address is a trusted proxy's: the entry of `X-Forwarded-For` that
//! it added) -> [`ClientAddress`]. Each proxy appends the address it was called from, so entries are
//! believed from the right only, and none of them when the peer is not a proxy of ours: what a client
//! wrote itself lies further left and is never reached.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName},
    middleware::Next,
    response::Response,
};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::ClientAddress;
use crate::config::ProxySettings;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Bits of an IPv6 address that a provider gives to one customer.
const CUSTOMER_BITS: u8 = 64;

/// The networks whose word about clients is believed; clones share them.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Arc<[IpNet]>);

impl TrustedProxies {
    /// As configured.
    pub fn new(settings: &ProxySettings) -> Self {
        Self(settings.trusted.clone().into())
    }

    /// The client of a request that came over a connection from `peer`.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        for entry in forwarded(headers).into_iter().rev() {
            if !self.trusts(client) {
                return client;
            }
            // Nobody knows what stands left of an entry that is no address.
            let Some(address) = entry.and_then(parse) else {
                return client;
            };
            client = address;
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl ClientAddress {
    /// What limits count: the whole IPv4 address, but of IPv6 the /64 network, because a customer
    /// has all the addresses in there; within a site, where all share one network, the whole address.
    pub fn prefix(self) -> IpNet {
        match self.0.to_canonical() {
            IpAddr::V4(address) => Ipv4Net::from(address).into(),
            IpAddr::V6(address) => {
                let whole = Ipv6Net::from(address);
                if address.is_unique_local() || address.is_unicast_link_local() {
                    return whole.into();
                }
                let network = Ipv6Net::new(address, CUSTOMER_BITS).unwrap_or(whole);
                network.trunc().into()
            }
        }
    }
}

/// The layer: leaves the [`ClientAddress`] for the others.
pub async fn client_address(
    State(proxies): State<TrustedProxies>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    if let Some(ConnectInfo(peer)) = peer {
        let client = proxies.client(peer.ip(), request.headers());
        request.extensions_mut().insert(ClientAddress(client));
    }
    next.run(request).await
}

/// The entries of all headers of that name, in order; `None` for a header that is no text.
fn forwarded(headers: &HeaderMap) -> Vec<Option<&str>> {
    let mut entries = Vec::new();
    for header in headers.get_all(FORWARDED_FOR) {
        match header.to_str() {
            Ok(text) => entries.extend(text.split(',').map(Some)),
            Err(_) => entries.push(None),
        }
    }
    entries
}

/// An address, which some proxies write with the port it called from.
fn parse(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let bare = entry
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(entry);
    let address = bare
        .parse()
        .ok()
        .or_else(|| Some(entry.parse::<SocketAddr>().ok()?.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn proxies() -> TrustedProxies {
        let trusted = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap());
        TrustedProxies::new(&ProxySettings {
            trusted: trusted.to_vec(),
        })
    }

    fn headers(lines: &[&str]) -> HeaderMap {
        let pair = |line: &&str| (FORWARDED_FOR, HeaderValue::from_str(line).unwrap());
        lines.iter().map(pair).collect()
    }

    #[test]
    fn the_walk_stops_at_the_first_address_that_is_not_a_proxys() {
        let cases: &[(&str, &[&str], &str)] = &[
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["203.0.113.7"], "203.0.113.7"),
            ("10.0.0.1", &["6.6.6.6, 203.0.113.7"], "203.0.113.7"),
            ("10.0.0.1", &["203.0.113.7, 10.0.0.2"], "203.0.113.7"),
            (
                "10.0.0.1",
                &["6.6.6.6", "203.0.113.7", "10.9.9.9"],
                "203.0.113.7",
            ),
            ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            ("203.0.113.9", &["127.0.0.1"], "203.0.113.9"),
            ("10.0.0.1", &["203.0.113.7, unknown, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", &["203.0.113.7,"], "10.0.0.1"),
            ("10.0.0.1", &["203.0.113.7:4711"], "203.0.113.7"),
            ("10.0.0.1", &["[2001:db8::7]:4711"], "2001:db8::7"),
            ("10.0.0.1", &["[2001:db8::7]"], "2001:db8::7"),
            ("::ffff:10.0.0.1", &["::ffff:203.0.113.7"], "203.0.113.7"),
            ("fd00::1", &["203.0.113.7"], "203.0.113.7"),
        ];
        for (peer, lines, client) in cases {
            let found = proxies().client(peer.parse().unwrap(), &headers(lines));
            assert_eq!(found.to_string(), *client, "{peer} {lines:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_stop_the_walk() {
        let mut headers = headers(&["203.0.113.7"]);
        headers.append(FORWARDED_FOR, HeaderValue::from_bytes(b"\xff").unwrap());
        let peer = "10.0.0.1".parse().unwrap();
        assert_eq!(proxies().client(peer, &headers), peer);
    }

    #[test]
    fn customers_not_addresses_are_counted() {
        let prefix = |text: &str| ClientAddress(text.parse().unwrap()).prefix().to_string();
        assert_eq!(prefix("203.0.113.7"), "203.0.113.7/32");
        assert_eq!(prefix("::ffff:203.0.113.7"), "203.0.113.7/32");
        assert_eq!(prefix("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(prefix("fe80::1:2"), "fe80::1:2/128");
        assert_eq!(prefix("fd00::1:2"), "fd00::1:2/128");
    }

    fn hostile() -> impl Strategy<Value = Vec<String>> {
        let address = any::<IpAddr>().prop_map(|address| address.to_string());
        let inside = any::<[u8; 3]>().prop_map(|[a, b, c]| format!("10.{a}.{b}.{c}"));
        let text = "[ -~]{0,40}";
        prop::collection::vec(prop_oneof![address, inside, text], 0..8)
    }

    proptest! {
        #[test]
        fn a_client_without_a_proxy_never_chooses_its_address(
            peer in any::<IpAddr>(), lines in hostile()
        ) {
            prop_assume!(!proxies().trusts(peer.to_canonical()));
            let lines: Vec<_> = lines.iter().map(String::as_str).collect();
            prop_assert_eq!(proxies().client(peer, &headers(&lines)), peer.to_canonical());
        }

        #[test]
        fn a_client_behind_a_proxy_never_chooses_its_address(
            client in any::<IpAddr>(), lines in hostile(), hops in 0..3_u8, joined in any::<bool>()
        ) {
            prop_assume!(!proxies().trusts(client.to_canonical()));
            // What the client sent, then what the proxies added.
            let mut lines = lines;
            lines.push(client.to_string());
            lines.extend((0..hops).map(|hop| format!("10.0.0.{hop}")));
            let joined_lines = [lines.join(", ")];
            let lines = if joined { &joined_lines[..] } else { &lines[..] };
            let lines: Vec<_> = lines.iter().map(String::as_str).collect();
            let found = proxies().client("10.1.1.1".parse().unwrap(), &headers(&lines));
            prop_assert_eq!(found, client.to_canonical());
        }
    }
}
