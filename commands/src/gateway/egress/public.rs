//! Which addresses are out in the world, and which are ours or nobody's.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// IPv4 that is not out in the world: first address, and how many bits of it count.
/// Source: IANA IPv4 Special-Purpose Address Registry.
const CLOSED_V4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    // Carrier-grade NAT; a cloud's metadata service is here too.
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Link-local, with the metadata service of most clouds.
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
    // Public by number, but the host of a virtual machine answers it (Azure).
    (Ipv4Addr::new(168, 63, 129, 16), 32),
];

/// The only IPv6 that is routed in the world.
const OPEN_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What of that is not. Source: IANA IPv6 Special-Purpose Address Registry.
const CLOSED_V6: [(Ipv6Addr, u32); 4] = [
    // Teredo, which carries an IPv4 address, ORCHID, benchmarks.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    // 6to4 carries an IPv4 address, which may be anything.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Whether anybody in the world could reach it. In doubt it is not.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !CLOSED_V4
            .iter()
            .any(|(first, bits)| agrees_v4(v4, *first, *bits)),
        IpAddr::V6(v6) => {
            agrees_v6(v6, OPEN_V6.0, OPEN_V6.1)
                && !CLOSED_V6
                    .iter()
                    .any(|(first, bits)| agrees_v6(v6, *first, *bits))
        }
    }
}

fn agrees_v4(address: Ipv4Addr, first: Ipv4Addr, bits: u32) -> bool {
    (address.to_bits() ^ first.to_bits()).leading_zeros() >= bits
}

fn agrees_v6(address: Ipv6Addr, first: Ipv6Addr, bits: u32) -> bool {
    (address.to_bits() ^ first.to_bits()).leading_zeros() >= bits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(texts: &[&str]) -> Vec<(String, bool)> {
        texts
            .iter()
            .map(|text| ((*text).to_owned(), is_public(text.parse().unwrap())))
            .collect()
    }

    #[test]
    fn both_ends_of_every_closed_block_are_refused() {
        for (text, public) in judged(&[
            "0.0.0.0",
            "0.255.255.255",
            "10.0.0.0",
            "10.255.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.0.0",
            "169.254.169.254",
            "169.254.255.255",
            "172.16.0.0",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.0",
            "192.168.255.255",
            "198.18.0.0",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "168.63.129.16",
        ]) {
            assert!(!public, "{text}");
        }
    }

    #[test]
    fn neighbours_of_closed_blocks_are_public() {
        for (text, public) in judged(&[
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "198.51.101.0",
            "203.0.114.0",
            "223.255.255.255",
            "168.63.129.15",
            "2001:4860:4860::8888",
            "2606:4700::1111",
            "2a00::1",
            "2003::1",
        ]) {
            assert!(public, "{text}");
        }
    }

    #[test]
    fn ipv6_that_is_ours_or_carries_ipv4_is_refused() {
        for (text, public) in judged(&[
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001::1",
            "2001:2::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "5f00::1",
            "4000::1",
        ]) {
            assert!(!public, "{text}");
        }
    }
}
