"""A guest's way to the one invoice they were sent, in their browser and in the wrong hands."""

import io
import threading
from contextlib import AbstractContextManager
from typing import Any

import httpx
import pytest
from pypdf import PdfReader
from sqlmodel import Session, select

from portal_app import clock, database
from portal_app.models import Activity, Business, Contact, GuestSession, Invoice, LinkOpen, LoginSession
from portal_app.services import business as businesses
from portal_app.services import throttle
from portal_app.services.guests import Invited
from tests.endpoints.test_link import COOKIE, HTML, press
from tests.services import front_door, people
from tests.services.front_door import mails, newest
from tests.services.guests_at_work import ANN, actor, expire, listed, made_invoice, revoke, send, way
from tests.services.people import Person, change, make_customer, start_session

GUEST = "porchlight_guest"
OVER = "Please open the link in your mail"


@pytest.fixture(autouse=True)
def _business(business):
    businesses.forget_look()
    throttle._throttle_of.cache_clear()


@pytest.fixture
def sarah() -> Person:
    return make_customer("sarah@example.com")


async def come(client: httpx.AsyncClient, path: str, email: str = ANN.email) -> httpx.Response:
    """Open a link, press its button and type the code."""
    await client.get(path)
    assert (await press(client, path)).headers["location"] == "/auth/code"
    return await client.post("/auth/code", data={"code": newest(email, "code")["code"]})


async def test_it_works(browser, sarah):
    invoice = made_invoice(sarah)
    link = send(actor(sarah), invoice, Invited(ANN.name, ANN.email, "For the books"))
    client = browser(**HTML)
    door = await client.get(way())
    assert door.status_code == 200
    assert "sarah, a customer of Bell &amp; Daughters, sent you this link" in door.text
    assert "a•••@b•••.example" in door.text
    for hidden in ("2291", "240", ANN.email, "Household", "For the books", "password"):
        assert hidden not in door.text
    assert mails(mail="code") == []
    assert (await press(client, way())).headers["location"] == "/auth/code"
    asked = await client.get("/auth/code")
    assert "a•••@b•••.example" in asked.text
    assert "Keep me signed in" not in asked.text
    answer = await client.post("/auth/code", data={"code": newest(ANN.email, "code")["code"]})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/shared/{link}")
    assert "HttpOnly" in answer.headers["set-cookie"]
    page = await client.get(f"/shared/{link}")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    for told in ("Invoice 2291", "£240.00", "sarah sent this to Ann Ledger.", f"/shared/{link}/invoice.pdf"):
        assert told in page.text
    assert [listed(actor(sarah), invoice)[0].opened_at is not None, "Pay £" in page.text] == [True, False]
    paper = await client.get(f"/shared/{link}/invoice.pdf")
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.headers["cache-control"] == "private, no-store"
    assert "2291" in PdfReader(io.BytesIO(paper.content)).pages[0].extract_text()
    with database.reading() as session:
        fact = session.exec(select(Activity).where(Activity.kind == "document.downloaded")).one()
        assert (fact.actor_kind, fact.facts["counts_as"]) == ("guest", "view")
        assert session.exec(select(LinkOpen.who)).all() == ["person"]
    again = await client.get(way())
    assert (again.status_code, again.headers["location"]) == (303, f"/shared/{link}")


async def test_its_pages_ask_for_the_look_in_threads_alone(browser, sarah, monkeypatch: pytest.MonkeyPatch):
    """A database that hangs would hang every page of the worker with it."""
    link = send(actor(sarah), made_invoice(sarah))
    client = browser(**HTML)
    await come(client, way())
    asked: list[int] = []

    def watched() -> AbstractContextManager[Session]:
        asked.append(threading.get_ident())
        return database.reading()

    businesses.forget_look()
    monkeypatch.setattr(businesses, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(businesses, "reading", watched)
    for guest, status in ((client, 200), (browser(**HTML), 410)):
        assert (await guest.get(f"/shared/{link}")).status_code == status
    assert len(asked) > 2
    assert threading.get_ident() not in asked


async def test_nobody_is_signed_in_by_it_or_out(browser, sarah):
    send(actor(sarah), made_invoice(sarah))
    tom, client = make_customer("tom@example.com"), browser(**HTML)
    before = start_session(tom)
    client.cookies.set(COOKIE, before)
    answer = await come(client, way())
    assert answer.headers["location"].startswith("/shared/")
    assert COOKIE not in answer.cookies
    assert people.actor_of(before) is not None
    assert people.actor_of(client.cookies[GUEST]) is None
    with database.reading() as session:
        assert session.exec(select(LoginSession).where(LoginSession.link_id != None)).all() == []  # noqa: E711


async def test_people_of_the_account_are_not_led_in_by_a_guest_s_link(browser, sarah):
    send(actor(sarah), made_invoice(sarah))
    client = browser(**HTML)
    client.cookies.set(COOKIE, start_session(sarah))
    assert "a•••@b•••.example" in (await client.get(way())).text


async def test_the_code_goes_to_that_very_address_alone(browser, sarah):
    send(actor(sarah), made_invoice(sarah))
    client = browser(**HTML)
    await client.get(way())
    await press(client, way())
    assert {mail["to"] for mail in mails(mail="code")} == {ANN.email}


async def test_wrong_codes_are_counted_and_end_it(browser, sarah):
    send(actor(sarah), made_invoice(sarah))
    client = browser(**HTML)
    await client.get(way())
    await press(client, way())
    code = newest(ANN.email, "code")["code"]
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _ in range(5):
        answer = await client.post("/auth/code", data={"code": wrong})
        assert (answer.status_code, GUEST in answer.cookies) == (422, False)
    assert (await client.post("/auth/code", data={"code": code})).status_code == 422
    assert GUEST not in client.cookies


async def test_another_browser_s_code_opens_nothing(browser, sarah):
    send(actor(sarah), made_invoice(sarah))
    first, second = browser(**HTML), browser(**HTML)
    await first.get(way())
    await press(first, way())
    await second.get(way())
    answer = await second.post("/auth/code", data={"code": newest(ANN.email, "code")["code"]})
    assert (answer.status_code, GUEST in answer.cookies) == (422, False)


async def everything(client: httpx.AsyncClient, link: str) -> list[tuple[int, str]]:
    """Return what a guest's addresses answer, without what stands in every page."""
    found = []
    for part in ("", "/news", "/invoice.pdf", "/paid"):
        answer = await client.get(f"/shared/{link}{part}")
        found.append((answer.status_code, answer.text.replace(link, "LINK")))
    answer = await client.post(f"/shared/{link}/pay", data={})
    return [*found, (answer.status_code, answer.text.replace(link, "LINK"))]


async def test_strangers_and_guests_of_others_are_told_the_same_as_about_what_never_was(browser, sarah):
    tom = make_customer("tom@example.com")
    mine = send(actor(sarah), made_invoice(sarah))
    send(actor(tom), made_invoice(tom, "2294"), Invited("Eve", "eve@example.com", may_pay=False))
    eve, nobody = browser(**HTML), browser(**HTML)
    await come(eve, way("eve@example.com"), "eve@example.com")
    never = await everything(nobody, "A" * 16)
    assert {status for status, _ in never} == {410}
    assert await everything(eve, mine) == await everything(nobody, mine) == never
    planted = browser(**HTML)
    planted.cookies.set(GUEST, start_session(sarah))
    assert await everything(planted, mine) == never


def _revoke(sarah: Person, invoice: str, link: str) -> None:
    revoke(actor(sarah), invoice, link)


def _disable(sarah: Person, _invoice: str, _link: str) -> None:
    change(Contact, sarah.contact_id, disabled_at=clock.now())


@pytest.mark.parametrize("end", [_revoke, lambda *given: expire(given[2]), _disable], ids=["revoked", "old", "sender"])
async def test_it_is_over_at_once_and_reads_like_a_link_that_never_was(browser, sarah, end):
    invoice = made_invoice(sarah)
    link = send(actor(sarah), invoice)
    client, waiting = browser(**HTML), browser(**HTML)
    await come(client, way())
    await waiting.get(way())
    await press(waiting, way())
    code, path = newest(ANN.email, "code")["code"], way()
    assert (await client.get(f"/shared/{link}/news")).status_code == 200
    end(sarah, invoice, link)
    assert {status for status, _ in await everything(client, link)} == {410}
    assert (await waiting.post("/auth/code", data={"code": code})).status_code == 422
    fresh = browser(**HTML)
    never = f"/l/{'A' * 43}"
    for answer, other in (
        (await fresh.get(path), await fresh.get(never)),
        (await press(fresh, path), await press(fresh, never)),
    ):
        assert (answer.status_code, answer.text) == (other.status_code, other.text)
        assert answer.status_code == 410
    assert len(mails(mail="code")) == 2
    assert len(mails(mail="shared")) == 1


async def test_before_the_portal_opens_it_reads_like_any_link(browser, sarah):
    send(actor(sarah), made_invoice(sarah))
    change(Business, 1, portal_open=False)
    businesses.forget_look()
    assert (await browser(**HTML).get(way())).text == (await browser(**HTML).get(f"/l/{'A' * 43}")).text


async def test_one_browser_may_hold_several_and_each_code_gives_a_new_token(browser, sarah):
    first = send(actor(sarah), made_invoice(sarah))
    client = browser(**HTML)
    await come(client, way())
    planted = client.cookies[GUEST]
    second = send(actor(sarah), made_invoice(sarah, "2292"))
    await come(client, way())
    assert client.cookies[GUEST] != planted
    for link, number in ((first, "2291"), (second, "2292")):
        assert f"Invoice {number}" in (await client.get(f"/shared/{link}")).text
    other = browser(**HTML)
    other.cookies.set(GUEST, planted)
    for link in (first, second):
        assert (await other.get(f"/shared/{link}")).status_code == 410
    with database.reading() as session:
        assert len(session.exec(select(GuestSession.token_hash).distinct()).all()) == 1


async def test_what_is_typed_anywhere_is_shown_as_text(browser, sarah):
    change(Contact, sarah.contact_id, name="<script>alert(1)</script>")
    invoice = made_invoice(sarah, number="<img src=x>", title="<b>x</b>", terms="</article><script>")
    link = send(actor(sarah), invoice, Invited("<i>Ann</i>", ANN.email))
    client = browser(**HTML)
    door = await client.get(way())
    await come(client, way())
    page = await client.get(f"/shared/{link}")
    for text in (door.text, page.text):
        assert not any(part in text for part in ("<script>alert", "<img src=x", "<b>x", "<i>Ann", "</article><script>"))
    assert "&lt;i&gt;Ann&lt;/i&gt;" in page.text


async def test_papers_are_given_out_so_often_and_no_more(browser, sarah, monkeypatch):
    link = send(actor(sarah), made_invoice(sarah))
    client = browser(**HTML)
    await come(client, way())
    monkeypatch.setattr(throttle, "PAPERS", throttle.RateLimitItemPerMinute(1, 5, namespace="papers-test"))
    assert (await client.get(f"/shared/{link}/invoice.pdf")).status_code == 200
    answer = await client.get(f"/shared/{link}/invoice.pdf")
    assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (429, True)


async def test_paying_needs_leave_a_form_of_ours_and_stripe(browser, sarah):
    plain, invoice = send(actor(sarah), made_invoice(sarah)), made_invoice(sarah, "2292")
    client = browser(**HTML)
    await come(client, way())
    refused = await client.post(f"/shared/{plain}/pay", data={})
    assert refused.status_code == 422
    paying = send(actor(sarah), invoice, Invited(ANN.name, ANN.email, may_pay=True))
    await come(client, way())
    assert "Card payments are not set up here" in (await client.post(f"/shared/{paying}/pay", data={})).text
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert (await client.post(f"/shared/{paying}/pay", data={}, headers=foreign)).status_code == 403


async def test_the_page_s_version_changes_with_the_money(browser, sarah):
    link = send(actor(sarah), made_invoice(sarah))
    client = browser(**HTML)
    await come(client, way())
    page, before = (await client.get(f"/shared/{link}")).text, (await client.get(f"/shared/{link}/news")).text
    assert f'data-version="{before}"' in page
    with database.reading() as session:
        row: Any = session.exec(select(Invoice.id)).one()
    change(Invoice, row, balance_minor=100)
    assert (await client.get(f"/shared/{link}/news")).text != before
    assert front_door.mails(mail="shared") != []
