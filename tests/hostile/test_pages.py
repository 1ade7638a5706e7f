"""Addresses tried without a session, or with somebody else's."""

import re

import httpx
import pytest

from portal_app import routes
from portal_app.gate import CUSTOMER, STAFF
from portal_app.pages import PAGES
from tests.site import CUSTOMER as SARAH
from tests.site import OFFICE

pytestmark = pytest.mark.timeout(240)


def examples(audience) -> list[str]:
    return [re.sub(r"\[.*?\]", "abcdefgh12345678", page.route) for page in PAGES if page.audience is audience]


def is_app(answer: httpx.Response) -> bool:
    return "/assets/" in answer.text or "__reactRouterContext" in answer.text


def test_the_terms_are_read_by_everybody_and_nothing_of_the_app_is_sent(site):
    answer = site.portal.client().get(routes.TERMS)
    assert answer.status_code == 200
    assert "Terms of business" in answer.text
    assert not is_app(answer)


@pytest.mark.parametrize("path", [path for path in examples(CUSTOMER) if path != routes.TERMS])
def test_a_customers_page_without_a_session_leads_to_sign_in(site, path):
    answer = site.portal.client().get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={path}")
    assert not is_app(answer)


@pytest.mark.parametrize("path", examples(STAFF))
def test_the_offices_pages_do_not_exist_for_anybody_else(site, path):
    for client in (site.portal.client(), site.portal.sign_in(SARAH)):
        answer = client.get(path)
        assert answer.status_code == 404
        assert not is_app(answer)
    assert is_app(site.portal.sign_in(OFFICE).get(path))


@pytest.mark.parametrize(
    "tail",
    [".html", "/index.html", "/", "//", "/../home", ".html.gz", ".html.br", "%2ehtml", "/%2e%2e/home.html", "%00"],
)
@pytest.mark.parametrize("start", ["/home", "/office/sync", "/__spa-fallback", "/index", "/404"])
def test_no_other_spelling_of_a_page_gets_round_the_check(site, start, tail):
    # A socket's own words: a client library would tidy the path before sending it.
    answer = site.portal.raw_get(start + tail)
    assert b"__reactRouterContext" not in answer
    assert answer.split(b" ")[1] in {b"303", b"404", b"400"}


@pytest.mark.parametrize(
    "page", ["home", "home.html", "office/sync", "office/sync.html", "index.html", "__spa-fallback"]
)
@pytest.mark.parametrize("detour", ["/..", "/%2e%2e", "/..%2f.", "/.%2e", "/x/../..", "/..%5c..", "/../x/.."])
@pytest.mark.parametrize(
    "start", ["/brand", "/auth", "/files", "/setup", "/theme.js", "/favicon.ico", "/offline", "/sw.js"]
)
def test_no_way_leads_through_an_endpoint_to_a_page(site, start, detour, page):
    answer = site.portal.raw_get(f"{start}{detour}/{page}")
    assert b"__reactRouterContext" not in answer
    assert answer.split(b" ")[1] == b"404"


@pytest.mark.parametrize("path", ["/login", "/jobs", "/files/statements.pdf", "/auth/link", "/files/x/small"])
def test_nul_in_a_query_is_turned_away(site, path):
    assert site.portal.raw_get(f"{path}?property=a%00b&next=%00").split(b" ")[1] == b"400"


@pytest.mark.parametrize("path", ["/" + "a" * 300 + ".js", "/" + "a" * 5000 + ".css", "/" + "a/" * 2000 + "x.css"])
def test_an_endless_name_is_not_found(site, path):
    assert site.portal.client().get(path).status_code == 404


def test_cookies_in_several_headers_count_as_one(site):
    client = site.portal.sign_in(SARAH)
    token = client.cookies["porchlight_session"]
    headers = [("Cookie", "theme=dark"), ("Cookie", f"porchlight_session={token}")]
    client.cookies.clear()
    assert client.get("/home", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "path", ["/ping", "/_health", "/_upload", "/_all_routes", "/_event", "/auth_codespace", "/admin"]
)
def test_the_frameworks_own_addresses_are_shut(site, path):
    client = site.portal.client()
    assert client.get(path).status_code in {404, 400}
    assert client.post(path, content=b"x").status_code in {404, 405, 400}


@pytest.mark.parametrize("target", ["/%0d%0aX:1/", "/%0aa/", "/%7f/", "*", "home", "//evil.example%0a/"])
def test_a_target_that_is_no_path_is_turned_away(site, target):
    answer = site.portal.raw_get(target)
    assert b"location:" not in answer.lower()
    assert answer.split(b" ")[1] in {b"400", b"404"}


@pytest.mark.parametrize("value", ["x", "a" * 43, "a" * 5000, "\x7f", "null", "{}"])
def test_a_made_up_cookie_is_nobody(site, value):
    answer = site.portal.client().get("/home", headers={"Cookie": f"porchlight_session={value}"})
    assert answer.status_code in {303, 400}  # a control character is refused before it reaches us


def test_every_answer_carries_the_security_headers(site):
    client = site.portal.sign_in(SARAH)
    for path in ("/home", "/login", "/nowhere", "/theme.js", "/brand/logo", "/healthz", "/portal.css", "/auth/login"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
    policy = client.get("/home").headers["content-security-policy"]
    script = next(rule for rule in policy.split("; ") if rule.startswith("script-src"))
    assert "unsafe" not in script
    assert "frame-ancestors 'none'" in policy


def test_what_is_built_is_compressed_and_what_is_typed_is_not(site):
    """A compressed answer's length tells what of it a visitor sent; forms echo what was typed."""
    client = site.portal.sign_in(SARAH)
    page = client.get("/home", headers={"accept-encoding": "gzip, br"})
    script = re.search(r'"(/assets/[^"]+\.js)"', page.text)
    assert script
    for path in ("/home", "/portal.css", "/page.js", script[1], "/brand.css", "/theme.js", "/manifest.webmanifest"):
        for accepted, sent in (("gzip", "gzip"), ("gzip, deflate, br, zstd", "br"), ("gzip, br;q=0.5", "gzip")):
            answer = client.get(path, headers={"accept-encoding": accepted})
            assert answer.headers.get("content-encoding") == sent, (path, accepted)
            assert "accept-encoding" in answer.headers["vary"].lower(), path
        assert "content-encoding" not in client.get(path, headers={"accept-encoding": "identity"}).headers, path
    everything = {"accept-encoding": "gzip, br"}
    typed = site.portal.client().post("/auth/link", data={"email": "nobody"}, headers=everything)
    for answer in (
        typed,
        client.get("/nowhere?next=typed", headers=everything),
        client.get("/l/x", headers=everything),
    ):
        assert "content-encoding" not in answer.headers


def test_pages_with_a_session_are_not_kept_by_the_browser_and_hashed_files_are(site):
    client = site.portal.sign_in(SARAH)
    page = client.get("/home")
    assert page.headers["cache-control"] == "no-store"
    script = re.search(r'"(/assets/[^"]+\.js)"', page.text)
    assert script
    assert "immutable" in client.get(script.group(1)).headers["cache-control"]


def test_foreign_sites_may_not_read_or_post(site):
    client = site.portal.sign_in(SARAH)
    answer = client.get("/home", headers={"Origin": "http://evil.example"})
    assert answer.headers.get("access-control-allow-origin") != "http://evil.example"
    refused = client.post("/auth/logout", headers={"Origin": "http://evil.example"})
    assert refused.status_code == 403
    assert client.get("/home").status_code == 200


def test_signed_in_people_start_on_their_own_page(site):
    assert site.portal.client().get("/").headers["location"] == "/login"
    assert site.portal.sign_in(SARAH).get("/").headers["location"] == "/home"
    assert site.portal.sign_in(OFFICE).get("/").headers["location"] == "/office/customers"
    assert site.portal.sign_in(OFFICE).get("/home").headers["location"] == "/office/customers"
    assert site.portal.sign_in(SARAH).get("/login").headers["location"] == "/home"
