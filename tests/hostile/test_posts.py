"""Every address that takes a POST, asked from another site, or from nowhere: nothing is done."""

import re

import pytest

from portal_app import routes
from tests.hostile.addresses import ENDPOINTS
from tests.site import CUSTOMER, OFFICE

pytestmark = pytest.mark.timeout(120)
# Not sent by a browser and by no cookie: its signature is all it has (tests/endpoints/test_stripe_webhook.py).
SIGNED = {routes.STRIPE_WEBHOOK}
POSTS = sorted(
    {re.sub(r"\{[^}]*\}", "x" * 43, route.path) for route in ENDPOINTS if "POST" in (route.methods or ())} - SIGNED
)
FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {},
]


def test_the_addresses_are_found():
    assert {"/auth/login", "/auth/logout", "/auth/link", "/auth/code", "/auth/switch"} <= set(POSTS)


@pytest.mark.parametrize("who", [CUSTOMER, OFFICE])
@pytest.mark.parametrize("path", POSTS)
def test_a_post_from_elsewhere_does_nothing(site, path: str, who: str):
    client = site.portal.sign_in(who)
    del client.headers["Origin"]
    cookies = dict(client.cookies)
    form = {"email": who, "password": "x" * 12, "code": "000000", "to": "x", "next": "/home"}
    for headers in FOREIGN:
        # Each on a line of its own: a refusal may come before the form has arrived, and the server hangs up then.
        answer = client.post(path, data=form, headers={**headers, "Connection": "close"})
        assert answer.status_code == 403, (headers, answer.status_code)
        assert "session" not in answer.headers.get("set-cookie", "")
    assert dict(client.cookies) == cookies
    assert client.get("/home").status_code in {200, 303}
    assert "/login" not in client.get("/home").headers.get("location", "")
