"""A job, quote or invoice that the office hides: in nothing its customer is given, and still seen by the office."""

import io
from dataclasses import replace
from typing import Any

import pytest
from pypdf import PdfReader
from reflex.utils.format import json_dumps
from sqlmodel import select

from portal_app import database, routes
from portal_app.errors import Invalid, NotFound
from portal_app.integrations.paper import press
from portal_app.models import Customer, Invoice, Job, Quote, Recommendation
from portal_app.pages.office.customer.reading import read
from portal_app.services import (
    attempts,
    guests,
    invoices,
    links,
    papers,
    record_visibility,
    service_requests,
    timeline_parts,
)
from portal_app.services import customer_profile as profile
from portal_app.services.rights import Right
from tests.pages.tab import tabs
from tests.rights.test_pages import ROUTES, load
from tests.rights.test_services import READS, outcome
from tests.rights.world import MARKS, World, make_world, stands_in, switch_off
from tests.services import guests_at_work, people

pytestmark = pytest.mark.usefixtures("database_file")
KINDS = ("job", "quote", "invoice")
TABLES: dict[str, Any] = {"job": Job, "quote": Quote, "invoice": Invoice}
# What was paid for an invoice stays told, and of a job its plan and what is written for all visits.
STAYS: dict[str, tuple[str, ...]] = {
    "job": ("Whinchat", "Dotterel", "Whimbrel"),
    "quote": (),
    "invoice": ("Zirconium", "R-6663"),
}
OF_KIND = {
    "job": (*MARKS[Right.VIEW_JOBS], *MARKS[Right.DOCUMENTS]),
    "quote": MARKS[Right.VIEW_QUOTES],
    "invoice": MARKS[Right.VIEW_MONEY],
}
# Money that pays no invoice hangs on none: whoever sees all properties goes on seeing it.
CREDIT = "533.17"
GOES = {kind: tuple(mark for mark in OF_KIND[kind] if mark not in (*STAYS[kind], CREDIT)) for kind in KINDS}


def office() -> Any:
    return people.actor_of(people.start_session(people.make_staff("ruth@example.com")))


def public_ids(world: World, kind: str) -> tuple[str, str]:
    """Return the public ids of the customer and of their only record of a kind."""
    with database.reading() as session:
        table = TABLES[kind]
        return (
            session.get_one(Customer, world.person.customer_id).public_id,
            session.exec(select(table.public_id)).one(),
        )


def decide(actor: Any, world: World, kind: str, *, hidden: bool = True) -> record_visibility.Decided:
    act = record_visibility.hide if hidden else record_visibility.show
    with database.transaction() as session:
        return act(session, actor, public_ids(world, kind)[0], kind, public_ids(world, kind)[1])


def of_person(world: World) -> Any:
    return people.actor_of(people.start_session(world.person))


def told_by_services(world: World) -> str:
    actor = of_person(world)
    return " ".join(outcome(call, actor, world) for call in READS.values())


async def told_by_pages(world: World) -> str:
    async with tabs() as opened:
        tab = opened.open(people.start_session(world.person))
        return " ".join([json_dumps(await load(tab, route, world)) for route in ROUTES])


def found(marks: tuple[str, ...], told: str) -> set[str]:
    return {mark for mark in marks if stands_in(mark, told) or stands_in(mark.replace(".", ""), told)}


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_hidden_is_nowhere_and_all_else_stays(kind: str):
    world, ruth = make_world(), office()
    before = told_by_services(world)
    assert found(GOES[kind], before) == set(GOES[kind])
    decide(ruth, world, kind)
    for told in (told_by_services(world), await told_by_pages(world)):
        assert found(GOES[kind], told) == set()
        others = [mark for other in KINDS if other != kind for mark in GOES[other]]
        assert found((*STAYS[kind], *others), told) >= found((*STAYS[kind], *others), before) - {"53.97"}
    decide(ruth, world, kind, hidden=False)
    assert found(GOES[kind], told_by_services(world)) == set(GOES[kind])
    assert found(GOES[kind], await told_by_pages(world)) == set(GOES[kind])


@pytest.mark.parametrize("kind", KINDS)
async def test_it_is_hidden_from_who_sees_one_property_as_well(kind: str):
    world, ruth = make_world(), office()
    world.limit_to(world.here)
    assert found(GOES[kind], told_by_services(world)) == set(GOES[kind])
    decide(ruth, world, kind)
    assert found(GOES[kind], told_by_services(world)) == set()
    assert found(GOES[kind], await told_by_pages(world)) == set()
    if kind == "invoice":
        # Their money stays theirs, without the invoice it was for.
        assert found(STAYS[kind], told_by_services(world)) == set(STAYS[kind])


async def test_a_job_that_the_crm_moves_without_its_visits_leaves_nothing_behind():
    world = make_world()
    people.change(Job, 1, customer_id=people.make_customer("bought@example.com").customer_id)
    assert found(GOES["job"], told_by_services(world)) == set()
    assert found(GOES["job"], await told_by_pages(world)) == set()


async def test_with_all_three_hidden_nothing_of_them_is_left():
    world, ruth = make_world(), office()
    for kind in KINDS:
        decide(ruth, world, kind)
    marks = tuple(mark for kind in KINDS for mark in GOES[kind])
    assert found(marks, told_by_services(world)) == set()
    assert found(marks, await told_by_pages(world)) == set()
    with database.reading() as session:
        assert timeline_parts.oldest_year(session, of_person(world), "Europe/London") is None


@pytest.mark.parametrize("kind", KINDS)
def test_the_office_still_sees_it_marked(kind: str):
    world, ruth = make_world(), office()
    decide(ruth, world, kind)
    customer, record = public_ids(world, kind)
    rows = []
    for tab in ("overview", "jobs", "invoices"):
        view = read(ruth, customer, tab, 25)
        rows += [*view.work, *view.past, *view.quotes, *view.invoices]
    assert {(row.what, row.hidden) for row in rows} == {(one, one == kind) for one in KINDS}
    assert {row.key for row in rows if row.hidden} == {record}
    with database.reading() as session:
        of = profile.head(session, ruth, customer)
        assert profile.balance(session, ruth, of, "Europe/London")[0].total.minor == 31819
        assert invoices.get(session, ruth, world.invoice).head.hidden == (kind == "invoice")
        assert invoices.get(session, ruth, world.invoice).job == (world.job, "Kestrel boiler")
        about = profile.history(session, ruth, of).happenings[0]
    assert (about.kind, about.facts) == ("record.hidden", {"what": kind})
    assert about.about in {"4471", "8882", "7771"}


def test_a_quote_stays_in_the_office_s_list_whatever_was_answered():
    world, ruth = make_world(), office()
    customer, _ = public_ids(world, "quote")
    with database.transaction() as session:
        waiting = session.exec(select(Quote)).one()
        for number, status in enumerate(("approved", "declined", "draft", "expired")):
            session.add(
                Quote(
                    customer_id=waiting.customer_id,
                    currency="GBP",
                    number=f"90{number}",
                    title=status,
                    status=status,
                    issued_on=waiting.issued_on,
                )
            )
    assert [row.title for row in read(ruth, customer, "jobs", 25).quotes] == [
        *("Hyacinth pump", "expired", "declined", "approved")
    ]


def pdf_text(data: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


def test_a_hidden_invoice_is_refused_to_guests_and_cannot_be_sent():
    world, ruth = make_world(), office()
    ann = of_person(world)
    sent = [guests_at_work.send(who, world.invoice) for who in (ann, ruth)]
    guest = guests_at_work.standing(sent[0])
    decide(ruth, world, "invoice")
    assert [guests_at_work.standing(link) for link in sent] == [None, None]
    with database.reading() as session, pytest.raises(NotFound):
        invoices.get(session, guest, world.invoice)
    with database.transaction() as session, pytest.raises(NotFound):
        attempts.guest_may_pay(session, replace(guest, may_pay=True))
    with pytest.raises(NotFound):
        guests_at_work.send(ann, world.invoice)
    with pytest.raises(Invalid, match="hidden from the customer"):
        guests_at_work.send(ruth, world.invoice)
    with database.reading() as session, pytest.raises(NotFound):
        guests.of_invoice(session, ann, world.invoice)
    decide(ruth, world, "invoice", hidden=False)
    assert all(guests_at_work.standing(link) is not None for link in sent)


def test_the_office_prints_it_and_the_receipt_does_not_name_it():
    world, ruth = make_world(), office()
    decide(ruth, world, "invoice")
    with database.reading() as session:
        sheet = papers.invoice(session, ruth, world.invoice).paper
        receipts = [papers.receipt(session, who, world.payment).paper for who in (of_person(world), ruth)]
    assert "Cadmium" in pdf_text(press.render(sheet))
    named = [pdf_text(press.render(receipt)) for receipt in receipts]
    assert ["7771" in text for text in named] == [False, True]
    assert all("12.00" in text and "R-6663" in text for text in named)


@pytest.mark.parametrize("kind", [*KINDS, "visit"])
def test_a_link_to_it_opens_the_home_page_and_does_not_name_it(kind: str):
    world, ruth = make_world(), office()
    hidden = "job" if kind == "visit" else kind
    with database.reading() as session:
        of = profile.head(session, ruth, public_ids(world, hidden)[0])
        target = next(one for one in profile.targets(session, ruth, of) if one.kind == kind)
    wanted: dict[str, Any] = {"target_kind": kind, "target_public_id": target.public_id}
    with database.transaction() as session:
        links.create(session, ruth, of.public_id, **wanted)
    decide(ruth, world, hidden)
    with database.reading() as session:
        mine = links.of_account(session, of_person(world))[0]
        theirs = links.of_customer(session, ruth, of.public_id)[0]
        assert (mine.path, mine.target, theirs.path) == (routes.HOME, "", routes.HOME)
        assert theirs.target != ""
        assert kind not in {one.kind for one in profile.targets(session, ruth, of)}
    with pytest.raises(Invalid, match="hidden from the customer"), database.transaction() as session:
        links.create(session, ruth, of.public_id, **wanted)


def test_nothing_is_asked_for_of_what_was_advised_at_a_hidden_job():
    world, ruth = make_world(), office()
    decide(ruth, world, "job")
    with database.reading() as session:
        advised = session.exec(select(Recommendation.public_id)).one()
    with database.transaction() as session, pytest.raises(NotFound):
        service_requests.ask_for_quote(session, of_person(world), advised)


def test_a_right_that_comes_back_brings_nothing_hidden_back():
    world, ruth = make_world(), office()
    decide(ruth, world, "job")
    for how in ("person", "portal", "property", "nothing"):
        switch_off(Right.VIEW_JOBS, how, world)
        assert found(GOES["job"], told_by_services(world)) == set()
