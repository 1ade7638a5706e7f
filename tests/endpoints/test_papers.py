"""Papers over HTTP: who gets which, under which name, how often, and what is noted."""

import asyncio
import io
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from pypdf import PdfReader
from sqlmodel import select
from starlette.applications import Starlette

from portal_app import clock, database
from portal_app.endpoints import papers
from portal_app.endpoints.papers import disposition
from portal_app.integrations.paper import press
from portal_app.models import Activity, Business, Contact, CrmConnection, Invoice
from portal_app.services import business as businesses
from portal_app.services import throttle
from portal_app.services.rights import Right, StaffRole
from tests.integrations.crm.scripted import Answer, ScriptedServer
from tests.services import people
from tests.services.people import Person, start_session
from tests.services.records import add_connection, add_invoice

STATEMENTS = ("/files/statements.pdf", "/files/statements.csv")


@pytest.fixture
def browser_app(database_file) -> Starlette:
    return Starlette(routes=papers.ROUTES)


@pytest.fixture(autouse=True)
def _business(business):
    businesses.forget_look()
    throttle._throttle_of.cache_clear()


@pytest.fixture
def sarah() -> Person:
    return people.make_customer("sarah@example.com")


def address_of(row: int, office: bool = False) -> str:
    with database.reading() as session:
        public_id = session.get_one(Invoice, row).public_id
    return f"{'/office' if office else ''}/files/invoices/{public_id}.pdf"


def client(browser, person: Person | None):
    made = browser()
    if person:
        made.cookies.set("porchlight_session", start_session(person))
    return made


def noted() -> list[Activity]:
    with database.reading() as session:
        rows = list(session.exec(select(Activity).where(Activity.kind == "document.downloaded")).all())
        session.expunge_all()
        return rows


def words_in(data: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).split())


async def test_it_works(browser, sarah):
    row = add_invoice(sarah.customer_id or 0, "2291")
    answer = await client(browser, sarah).get(address_of(row))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["content-disposition"].startswith('attachment; filename="Invoice 2291 Bell & Daughters.pdf"')
    assert "Total £240.00" in words_in(answer.content)
    (fact,) = noted()
    assert (fact.subject_kind, fact.subject_id, fact.customer_id) == ("invoice", row, sarah.customer_id)
    assert (fact.actor_kind, fact.facts["counts_as"]) == ("customer", "view")


async def test_others_and_strangers_get_nothing(browser, sarah):
    row, other = add_invoice(sarah.customer_id or 0), people.make_customer("neighbour@example.com")
    wanted, staff = address_of(row), people.make_staff("ruth@example.com")
    assert (await client(browser, other).get(wanted)).status_code == 404
    assert (await client(browser, staff).get(wanted)).status_code == 404
    for path in ("/files/invoices/nothing.pdf", "/files/invoices/%00.pdf", "/files/invoices/'.pdf"):
        assert (await client(browser, sarah).get(path)).status_code == 404
    for path, back in ((wanted, "/invoices"), (STATEMENTS[0], "/statement")):
        answer = await browser().get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={back}")
    for path in (address_of(row, office=True), "/office/files/sample-invoice.pdf"):
        for who in (None, sarah):
            assert (await client(browser, who).get(path)).status_code == 404
    assert noted() == []


async def test_the_office_gets_the_same_paper_and_that_is_no_view(browser, sarah):
    row, ruth = (
        add_invoice(sarah.customer_id or 0, status="draft"),
        people.make_staff("ruth@example.com", StaffRole.READER),
    )
    answer = await client(browser, ruth).get(address_of(row, office=True))
    assert (answer.status_code, "Draft" in words_in(answer.content)) == (200, True)
    assert (noted()[0].actor_kind, noted()[0].facts["counts_as"]) == ("staff", "preview")
    sample = await client(browser, ruth).get("/office/files/sample-invoice.pdf")
    assert sample.status_code == 403
    owner = people.make_staff("owner@example.com")
    sample = await client(browser, owner).get("/office/files/sample-invoice.pdf")
    assert "Not an invoice" in words_in(sample.content)
    assert len(noted()) == 1


async def test_without_the_right_to_money_there_is_no_paper(browser, sarah):
    row = add_invoice(sarah.customer_id or 0)
    people.change(Contact, sarah.contact_id, rights=[Right.VIEW_JOBS.value])
    for path in (address_of(row), *STATEMENTS):
        answer = await client(browser, sarah).get(path)
        assert answer.status_code == 403
        assert "ask the office" in answer.text


async def test_a_statement_as_pdf_and_as_sheet(browser, sarah):
    add_invoice(sarah.customer_id or 0, "2291", title="Valve")
    days = {"from": "2026-01-01", "to": "2026-12-31"}
    paper = await client(browser, sarah).get(STATEMENTS[0], params=days)
    assert "Invoice 2291, Valve £240.00 £240.00" in words_in(paper.content)
    assert 'filename="Statement 2026-01-01 to 2026-12-31.pdf"' in paper.headers["content-disposition"]
    sheet = await client(browser, sarah).get(STATEMENTS[1], params=days)
    assert sheet.headers["content-type"] == "text/csv; charset=utf-8"
    assert "Invoice 2291,Valve,240.00,,240.00,GBP" in sheet.text
    assert [fact.facts["first"] for fact in noted()] == ["2026-01-01"] * 2


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("property=nowhere", 404, "could not find"),
        ("property=" + "x" * 5000, 404, "could not find"),
    ],
)
async def test_what_cannot_be_made_gets_a_sentence(browser, sarah, query, status, words):
    for path in STATEMENTS:
        answer = await client(browser, sarah).get(f"{path}?{query}")
        assert (answer.status_code, words in answer.text) == (status, True)
    assert noted() == []


@pytest.mark.parametrize(
    "query", ["from=2026-12-01&to=2026-11-01", "from=x&to=", "from=2026-01-01%00&to=", "from=&to=2999-01-01"]
)
async def test_days_that_make_no_statement_lead_back_to_its_form(browser, sarah, query):
    for path in STATEMENTS:
        answer = await client(browser, sarah).get(f"{path}?{query}")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/statement?{query}&property=")
    assert noted() == []


@pytest.mark.parametrize(
    ("days", "now", "zone"),
    [
        ({"from": "2027-01-01", "to": ""}, datetime(2026, 12, 31, 20, 0, tzinfo=UTC), "Pacific/Auckland"),
        ({"from": "", "to": "2026-12-31"}, datetime(2027, 1, 1, 2, 0, tzinfo=UTC), "America/New_York"),
    ],
)
async def test_a_year_begins_when_it_does_at_the_business(browser, monkeypatch, days, now, zone):
    people.change(Business, 1, zone=zone)
    businesses.forget_look()
    monkeypatch.setattr(clock, "now", lambda: now)
    kim = people.make_customer("kim@example.com")
    for path in STATEMENTS:
        assert (await client(browser, kim).get(path, params=days)).status_code == 200


async def test_nobody_prints_without_end(browser, sarah):
    add_invoice(sarah.customer_id or 0)
    mine = client(browser, sarah)
    answers = [(await mine.get(STATEMENTS[1])).status_code for _ in range(61)]
    assert (answers[:60], answers[60]) == ([200] * 60, 429)
    assert "retry-after" in (await mine.get(STATEMENTS[1])).headers
    other = people.make_customer("neighbour@example.com")
    assert (await client(browser, other).get(STATEMENTS[1])).status_code == 200


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("Invoice 1.pdf", "attachment; filename=\"Invoice 1.pdf\"; filename*=UTF-8''Invoice%201.pdf"),
        ("Zoë 王.pdf", "attachment; filename=\"Zoe.pdf\"; filename*=UTF-8''Zo%C3%AB%20%E7%8E%8B.pdf"),
        (
            'a"; x\r\nb/../c%41.pdf',
            "attachment; filename=\"a x b .. c 41.pdf\"; filename*=UTF-8''a%20x%20b%20..%20c%2041.pdf",
        ),
        ("王.csv", "attachment; filename=\"Document.csv\"; filename*=UTF-8''%E7%8E%8B.csv"),
        ("..pdf", "attachment; filename=\"Document.pdf\"; filename*=UTF-8''Document.pdf"),
        ("\ud800.pdf", "attachment; filename=\"Document.pdf\"; filename*=UTF-8''%3F.pdf"),
    ],
)
def test_a_name_is_safe_whatever_it_was(name, header):
    assert disposition(name) == header


FILE = b"%PDF-1.4\nthe office's own\n%%EOF\n"


def add_with_file(owner: int, url: str, base: str) -> int:
    link = add_connection(None)
    people.change(CrmConnection, link, base_url=base)
    fields: dict[str, Any] = {"connection_id": link, "external_id": "1", "content_hash": "a", "pdf_url": url}
    return add_invoice(owner, "2291", **fields)


async def test_the_crm_s_own_file_is_fetched_once_and_kept(browser, sarah):
    with ScriptedServer(lambda path: Answer(FILE)) as crm:
        row = add_with_file(sarah.customer_id or 0, f"{crm.url}/2291.pdf", crm.url)
        mine = client(browser, sarah)
        assert [(await mine.get(address_of(row))).content for _ in range(3)] == [FILE] * 3
        assert len(crm.asked) == 1
        assert crm.asked[0].headers["accept"] == "application/pdf"
    assert (await mine.get(address_of(row))).content == FILE
    assert {fact.facts["from_crm"] for fact in noted()} == {True}


async def test_another_content_is_fetched_anew(browser, sarah):
    with ScriptedServer(lambda path: Answer(FILE)) as crm:
        row = add_with_file(sarah.customer_id or 0, f"{crm.url}/2291.pdf", crm.url)
        await client(browser, sarah).get(address_of(row))
        people.change(Invoice, row, content_hash="b")
        await client(browser, sarah).get(address_of(row))
        assert len(crm.asked) == 2


@pytest.mark.parametrize(
    ("answer", "asked"),
    [
        (Answer(status=500), 1),
        (Answer(status=404), 1),
        (Answer(b"<html>Please sign in</html>"), 1),
        (Answer(b"%PDF-1.4\ncut off"), 1),
        (Answer(b"%PDF-" + b"x" * (10 * 1024 * 1024)), 1),
        (Answer(status=302, headers={"Location": "http://169.254.169.254/"}), 1),
    ],
)
async def test_where_it_cannot_be_had_ours_stands_in(browser, sarah, answer, asked):
    with ScriptedServer(lambda path: answer) as crm:
        row = add_with_file(sarah.customer_id or 0, f"{crm.url}/2291.pdf", crm.url)
        mine = client(browser, sarah)
        for _ in range(2):
            given = await mine.get(address_of(row))
            assert given.status_code == 200
            assert "Copy of invoice 2291" in words_in(given.content)
        assert len(crm.asked) == asked
    with database.reading() as session:
        kept = session.get_one(Invoice, row)
        assert (kept.pdf_hash, bool(kept.pdf_error)) == ("", True)


async def test_a_file_elsewhere_is_never_asked_for(browser, sarah):
    with ScriptedServer(lambda path: Answer(FILE)) as crm, ScriptedServer(lambda path: Answer(FILE)) as elsewhere:
        row = add_with_file(sarah.customer_id or 0, f"{elsewhere.url}/2291.pdf", crm.url)
        assert "Copy of invoice" in words_in((await client(browser, sarah).get(address_of(row))).content)
        assert (crm.asked, elsewhere.asked) == ([], [])


async def test_ours_stands_in_while_the_crm_is_away_and_then_its_own_comes(browser, sarah):
    away = True
    with ScriptedServer(lambda path: Answer(status=503) if away else Answer(FILE)) as crm:
        row = add_with_file(sarah.customer_id or 0, f"{crm.url}/2291.pdf", crm.url)
        mine = client(browser, sarah)
        assert (await mine.get(address_of(row))).content != FILE
        away = False
        assert (await mine.get(address_of(row))).content != FILE
        people.change(Invoice, row, pdf_try_at=None)
        assert (await mine.get(address_of(row))).content == FILE


async def test_a_file_that_was_lost_is_printed_instead(browser, sarah, portal_env):
    with ScriptedServer(lambda path: Answer(FILE)) as crm:
        row = add_with_file(sarah.customer_id or 0, f"{crm.url}/2291.pdf", crm.url)
        mine = client(browser, sarah)
        await mine.get(address_of(row))
        for file in (portal_env / "files").iterdir():
            file.unlink()
        assert "Copy of invoice" in words_in((await mine.get(address_of(row))).content)


@pytest.fixture
def pressed(monkeypatch) -> tuple[list[str], threading.Event]:
    """For whom papers are set, in that order; each waits in the press until the event is set."""
    order: list[str] = []
    go_on = threading.Event()

    def wait(_kind: str, words: dict[str, Any], _moment: int) -> press.Printed:
        order.append(words["facts"][0]["lines"][0])
        assert go_on.wait(30)
        return press.Printed(b"%PDF-", ())

    monkeypatch.setattr(press, "_print", wait)
    return order, go_on


async def test_whoever_asks_for_many_papers_keeps_nobody_else_waiting(browser, sarah, pressed):
    """Neither in the threads that all pages share, of which there are 32 at most, nor before the press."""
    order, go_on = pressed
    greedy = client(browser, sarah)
    tom = client(browser, people.make_customer("tom@example.com"))
    try:
        many = [asyncio.create_task(greedy.get(STATEMENTS[0])) for _ in range(40)]
        await asyncio.sleep(0.5)
        assert (await asyncio.wait_for(tom.get(STATEMENTS[1]), 5)).status_code == 200
        one = asyncio.create_task(tom.get(STATEMENTS[0]))
        await asyncio.sleep(0.5)
        go_on.set()
        assert (await one).status_code == 200
        assert {answer.status_code for answer in await asyncio.gather(*many)} == {200}
    finally:
        go_on.set()
    assert len(order) == 41
    assert order.index("Household of tom@example.com") == 1
