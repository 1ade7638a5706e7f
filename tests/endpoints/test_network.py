import pytest
from starlette.requests import Request

from portal_app.endpoints.network import origin_of
from tests.conftest import forget_settings


def seen(peer: str | None, *forwarded: str, agent: str = "") -> tuple[str, str]:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    if agent:
        headers.append((b"user-agent", agent.encode("latin-1")))
    client = (peer, 4711) if peer is not None else None
    origin = origin_of(Request({"type": "http", "headers": headers, "client": client}))
    return origin.network, origin.user_agent


@pytest.fixture
def hops(portal_env, monkeypatch):
    def trust(count: int) -> None:
        monkeypatch.setenv("PORTAL_TRUSTED_PROXY_HOPS", str(count))
        forget_settings()

    return trust


@pytest.mark.parametrize(
    ("count", "peer", "forwarded", "address"),
    [
        (0, "192.0.2.1", [], "192.0.2.1"),
        (0, "192.0.2.1", ["203.0.113.9"], "192.0.2.1"),
        (0, None, ["203.0.113.9"], ""),
        (1, "127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        (1, "127.0.0.1", ["6.6.6.6, 203.0.113.9"], "203.0.113.9"),
        (1, "127.0.0.1", ["6.6.6.6", "203.0.113.9"], "203.0.113.9"),
        (2, "127.0.0.1", ["6.6.6.6, 203.0.113.9, 10.0.0.1"], "203.0.113.9"),
        (2, "127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        (1, "127.0.0.1", [], "127.0.0.1"),
        (1, "127.0.0.1", ["unknown"], "127.0.0.1"),
        (1, "127.0.0.1", ["<script>"], "127.0.0.1"),
        (1, "127.0.0.1", ["203.0.113.9:5000"], "203.0.113.9"),
        (1, "127.0.0.1", ["[2001:db8::9]:5000"], "2001:db8::9"),
        (1, "127.0.0.1", ["2001:DB8::9"], "2001:db8::9"),
        (1, "127.0.0.1", ["fe80::1%eth0"], "fe80::1"),
        (1, "127.0.0.1", ["::ffff:203.0.113.9"], "203.0.113.9"),
    ],
)
def test_only_what_our_own_proxies_wrote_counts(hops, count, peer, forwarded, address):
    hops(count)
    assert seen(peer, *forwarded)[0] == address


def test_a_browsers_name_is_short_and_printable(portal_env):
    agent = seen("192.0.2.1", agent="Mozilla\x07/5.0\x1b[31m" + "x" * 1000)[1]
    assert agent.startswith("Mozilla/5.0[31m")
    assert len(agent) <= 300
