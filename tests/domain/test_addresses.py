"""Where probes may go: the public internet, and what a setting names."""

import pytest

from chalicelib.domain.addresses import is_allowed, is_literal, networks

PUBLIC = [
    "1.1.1.1", "8.8.8.8", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1", "223.255.255.255",
    "2606:4700:4700::1111", "2a00:1450:4001::5", "2001:4860:4860::8888",
]  # fmt: skip
NEVER = [
    pytest.param("127.0.0.1", id="loopback"),
    pytest.param("127.255.255.254", id="the end of loopback"),
    pytest.param("::1", id="loopback, IPv6"),
    pytest.param("10.1.2.3", id="private 10"),
    pytest.param("172.16.0.1", id="private 172.16"),
    pytest.param("172.31.255.255", id="the end of private 172.16"),
    pytest.param("192.168.1.1", id="private 192.168"),
    pytest.param("fd12:3456::1", id="private, IPv6"),
    pytest.param("169.254.169.254", id="metadata of AWS"),
    pytest.param("169.254.170.2", id="credentials of containers"),
    pytest.param("fd00:ec2::254", id="metadata of AWS, IPv6"),
    pytest.param("100.100.100.200", id="metadata of Alibaba Cloud, shared"),
    pytest.param("100.64.0.1", id="shared"),
    pytest.param("100.127.255.255", id="the end of shared"),
    pytest.param("168.63.129.16", id="Azure's host"),
    pytest.param("192.0.0.192", id="metadata of Oracle"),
    pytest.param("fe80::1", id="link-local"),
    pytest.param("fe80::1%eth0", id="link-local with its zone"),
    pytest.param("fec0::1", id="site-local"),
    pytest.param("0.0.0.0", id="unspecified"),
    pytest.param("0.1.2.3", id="this host"),
    pytest.param("::", id="unspecified, IPv6"),
    pytest.param("224.0.0.251", id="multicast"),
    pytest.param("ff02::1", id="multicast, IPv6"),
    pytest.param("255.255.255.255", id="broadcast"),
    pytest.param("240.0.0.1", id="reserved"),
    pytest.param("::ffff:127.0.0.1", id="mapped loopback"),
    pytest.param("::ffff:8.8.8.8", id="mapped, even if public"),
    pytest.param("::7f00:1", id="compatible with IPv4"),
    pytest.param("64:ff9b::7f00:1", id="NAT64"),
    pytest.param("64:ff9b:1::1", id="local NAT64"),
    pytest.param("2002:7f00:1::", id="6to4 of loopback"),
    pytest.param("2001:0:7f00:1::", id="Teredo"),
    pytest.param("2001:db8::1", id="documentation"),
    pytest.param("198.18.0.1", id="measurements"),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address: str) -> None:
    assert is_allowed(address)


@pytest.mark.parametrize("address", NEVER)
def test_all_others_are_not(address: str) -> None:
    assert not is_allowed(address)


def test_a_setting_allows_its_networks_and_no_more() -> None:
    allowed = networks(" 10.0.0.0/8 ,fd00::/8,")

    found = [it for it in ("10.9.9.9", "fd00::1", "::ffff:10.9.9.9", "127.0.0.1") if is_allowed(it, allowed)]

    assert found == ["10.9.9.9", "fd00::1"]


@pytest.mark.parametrize("said", ["10.0.0.1/8", "all", "10.0.0.0/33"])
def test_what_is_no_network_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="10.0.0.0/8"):
        networks(said)


def test_an_address_is_known_from_a_name() -> None:
    assert [is_literal(host) for host in ("127.0.0.1", "::1", "localhost", "127.1")] == [
        True, True, False, False,
    ]  # fmt: skip
