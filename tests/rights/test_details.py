"""What the office hides from all customers is in nothing that any of them is given, and there while it is shown."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from pypdf import PdfReader
from reflex.utils.format import json_dumps
from sqlmodel import select

from portal_app import database
from portal_app.components.invoice_paper import paper_of
from portal_app.components.words import Words
from portal_app.endpoints.shared_page import shared_page
from portal_app.errors import NotFound
from portal_app.gate.middleware import forget_cached_actors
from portal_app.integrations.paper import press
from portal_app.models import Invoice, InvoiceLine, Technician
from portal_app.pages.office.settings_visibility.state import VisibilityState
from portal_app.services import business, invoices, papers, technicians
from portal_app.services.rights import Right
from tests.pages.office import form
from tests.pages.tab import open_tab, tabs
from tests.rights.test_pages import ROUTES, load
from tests.rights.test_services import READS, outcome
from tests.rights.world import MARKS, World, make_world, stands_in
from tests.services import guests_at_work, people
from tests.services.people import Person
from tests.services.records import add_connection

pytestmark = pytest.mark.usefixtures("database_file")
ALL = ("jobs", "quotes", "invoices", "documents", "photos", "line_prices", "technicians", "descriptions")
# What services give, in minor units, and what pages show.
HIDES: dict[str, tuple[str, ...]] = {
    "jobs": MARKS[Right.VIEW_JOBS],
    "quotes": MARKS[Right.VIEW_QUOTES],
    "invoices": MARKS[Right.VIEW_MONEY],
    "documents": MARKS[Right.DOCUMENTS],
    "photos": ("Gannet",),
    "line_prices": ("106.07", "10607", "212.14", "21214", "47.11", "4711", "53.97", "5397"),
    "technicians": ("Curlew",),
    "descriptions": ("Dunlin",),
}

_OFFICE: list[Person] = []


@pytest.fixture(autouse=True)
def office(database_file) -> Iterator[None]:
    _OFFICE.append(people.make_staff("ruth@example.com"))
    yield
    _OFFICE.clear()


def ruth() -> str:
    return people.start_session(_OFFICE[0])


def world_with_prices() -> World:
    """Return a world whose invoice has a line with prices that are nobody's sums."""
    world = make_world()
    with database.transaction() as session:
        line = session.exec(select(InvoiceLine)).one()
        line.quantity, line.unit_price_minor, line.total_minor, line.tax_minor = "2", 10607, 21214, 4711
        session.add(line)
    return world


async def set_to(off: str = "") -> None:
    """Switch everything on but one, as the office does on its page."""
    async with open_tab(ruth()) as tab:
        tab.path = "/office/settings/visibility"
        await tab.call(VisibilityState.save, form=form(**{name: "on" for name in ALL if name != off}))
        assert tab.values["visibility_state.message"].startswith("Saved")
        assert tab.failures == []
    forget_cached_actors()
    business.forget_look()


def told_by_services(world: World) -> str:
    actor: Any = people.actor_of(people.start_session(world.person))
    return " ".join(outcome(call, actor, world) for call in READS.values())


async def told_by_pages(world: World) -> str:
    async with tabs() as opened:
        tab = opened.open(people.start_session(world.person))
        return " ".join([json_dumps(await load(tab, route, world)) for route in ROUTES])


def marks_in(told: str, detail: str) -> set[str]:
    return {mark for mark in HIDES[detail] if stands_in(mark, told) or stands_in(mark.replace(".", ""), told)}


@pytest.mark.parametrize("detail", ALL)
async def test_what_is_hidden_is_in_no_answer_and_what_is_shown_in_some(detail: str):
    world = world_with_prices()
    await set_to()
    assert marks_in(told_by_services(world), detail) == set(HIDES[detail])
    await set_to(off=detail)
    assert marks_in(told_by_services(world), detail) == set()
    assert marks_in(await told_by_pages(world), detail) == set()
    # The rest stays where it is: a switch takes nothing else along.
    others = {"jobs": ("Magnesium",), "invoices": ("Kestrel",)}.get(detail, ("Kestrel", "Magnesium"))
    assert all(mark in told_by_services(world) for mark in others)


@pytest.mark.parametrize("detail", ["line_prices", "technicians", "descriptions", "jobs", "quotes", "invoices"])
async def test_a_page_shows_it_again_when_it_is_switched_on(detail: str):
    world = world_with_prices()
    await set_to(off=detail)
    assert marks_in(await told_by_pages(world), detail) == set()
    await set_to()
    assert marks_in(await told_by_pages(world), detail) != set()


async def test_the_sums_of_an_invoice_stay_without_the_prices_of_its_lines():
    world = world_with_prices()
    await set_to(off="line_prices")
    actor: Any = people.actor_of(people.start_session(world.person))
    with database.reading() as session:
        found = invoices.get(session, actor, world.invoice)
    line = found.lines[0]
    assert (line.name, line.quantity, line.unit_price, line.tax, line.total) == ("Cadmium rod", "2", None, None, None)
    assert found.head.total.minor == 31819


def pdf_text(data: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


@pytest.mark.parametrize("off", ["", "line_prices"])
async def test_the_pdf_of_an_invoice_and_what_a_guest_is_shown(off: str):
    world = world_with_prices()
    await set_to(off=off)
    actor: Any = people.actor_of(people.start_session(world.person))
    link = guests_at_work.send(actor, world.invoice)
    guest = guests_at_work.standing(link)
    office: Any = people.actor_of(ruth())
    with database.reading() as session:
        sheets = [papers.invoice(session, who, world.invoice).paper for who in (actor, guest, office)]
        document = invoices.get(session, guest, world.invoice)
    answer = shared_page(
        paper_of(document, Words(business.look())), link, "1", reader="Ann", sender="Sarah", pay="", news="", wrong=""
    )
    shown = {marks_in(pdf_text(press.render(sheet)), "line_prices") != set() for sheet in sheets}
    shown.add(marks_in(bytes(answer.body).decode(), "line_prices") != set())
    assert shown == {off == ""}
    assert "318.19" in pdf_text(press.render(sheets[0]))


async def test_a_crm_s_own_pdf_is_not_offered_while_prices_are_hidden():
    world = world_with_prices()
    connection_id = add_connection(None)
    with database.transaction() as session:
        row = session.exec(select(Invoice).where(Invoice.public_id == world.invoice)).one()
        row.connection_id, row.external_id, row.pdf_url = connection_id, "i-1", "https://crm.example/i-1.pdf"
        session.add(row)
    found = {}
    for off in ("", "line_prices"):
        await set_to(off=off)
        actor: Any = people.actor_of(people.start_session(world.person))
        with database.reading() as session:
            found[off] = papers.invoice(session, actor, world.invoice).by_crm
    assert found == {"": True, "line_prices": False}


async def test_a_technician_s_photo_goes_with_the_name():
    world = world_with_prices()
    await set_to(off="technicians")
    actor: Any = people.actor_of(people.start_session(world.person))
    with database.reading() as session:
        assert session.exec(select(Technician.name)).all() == ["Curlew Okafor"]
        with pytest.raises(NotFound):
            technicians.photo_hash(session, actor, world.photo)
        assert technicians.photo_hash(session, people.actor_of(ruth()), world.photo) == "0" * 64
