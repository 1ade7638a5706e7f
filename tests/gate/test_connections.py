import pytest

from portal_app.gate.connections import network_of


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
        ("not an address", "not an address"),
        ("", ""),
    ],
)
def test_a_home_is_counted_as_one(address, counted_as):
    assert network_of(address) == counted_as


def test_an_endless_name_is_cut():
    assert len(network_of("x" * 10_000)) == 64
