"""Which addresses a probe may connect to: those of the public internet, and networks that a setting names."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

NEVER_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this host (RFC 1122)
            "10.0.0.0/8",  # private (RFC 1918)
            "100.64.0.0/10",  # shared with carriers (RFC 6598); metadata of Alibaba Cloud
            "127.0.0.0/8",  # loopback; in Lambda its runtime
            "168.63.129.16/32",  # Azure's host, from inside its machines
            "169.254.0.0/16",  # link-local; metadata of AWS and others
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # IETF protocols
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # relays of 6to4, given up (RFC 7526)
            "192.168.0.0/16",  # private
            "198.18.0.0/15",  # measurements of devices
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
GLOBAL_V6 = IPv6Network("2000::/3")
"""All that is public in IPv6: loopback, mapped IPv4, NAT64, link-local, multicast lie outside of it."""

NEVER_V6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # IETF protocols, among them Teredo, which wraps IPv4
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4, which wraps IPv4
            "3fff::/20",  # documentation
        ),
    )
)


def networks(said: str) -> tuple[Network, ...]:
    """The networks of a setting, with commas between (`10.0.0.0/8, fd00::/8`), or `ValueError`."""
    return tuple(_network(part.strip()) for part in said.split(",") if part.strip())


def is_allowed(address: str, allowed: Iterable[Network] = ()) -> bool:
    """Whether a probe may connect to this address: a public one, or one in an allowed network.

    By IANA's registries of special-purpose addresses, which Python's versions read differently.
    """
    found = ip_address(address)
    if any(found in network for network in allowed):
        return True
    if isinstance(found, IPv6Address):
        return found in GLOBAL_V6 and not any(found in network for network in NEVER_V6)
    return not any(found in network for network in NEVER_V4)


def is_literal(host: str) -> bool:
    """Whether a host is an address already, and no name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _network(said: str) -> Network:
    try:
        return ip_network(said)
    except ValueError as wrong:
        raise ValueError(f"a network is like 10.0.0.0/8, which {said!r} is not") from wrong
