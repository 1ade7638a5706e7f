"""What a contact's home page says, by status, by right, by property and by customer."""

from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from portal_app import clock, database
from portal_app.models import Customer, Invoice, Job, PaymentSettings, Visit
from portal_app.money import Money
from portal_app.services import dashboard, sealed
from portal_app.services.actors import Customer as Actor
from portal_app.services.rights import ROLE_RIGHTS, Right, Role
from tests.services.people import change
from tests.services.records import (
    LONDON,
    NOW,
    TODAY,
    add_advice,
    add_connection,
    add_invoice,
    add_location,
    add_quote,
    add_technician,
    add_visit,
    at,
    contact,
    save,
)


@pytest.fixture
def customer_id(database_file) -> int:
    return save(Customer(name="Whitcombe"))


def home(actor: Actor | int, now: datetime = NOW, zone: str = LONDON, **more) -> dashboard.Home:
    with database.reading() as session:
        return dashboard.home(session, contact(actor) if isinstance(actor, int) else actor, zone, now=now, **more)


def led_by(actor: Actor | int, now: datetime = NOW, zone: str = LONDON) -> str:
    card = home(actor, now, zone).card
    return card.title if card else ""


def test_it_works(customer_id):
    dave = add_technician("Dave Okafor", photo_hash="a" * 64)
    add_location(customer_id, "Home")
    visit = add_visit(
        customer_id, status="on_the_way", technicians=(add_technician("Priya Nair"), dave), eta_at=at(11, 10)
    )
    later = add_visit(customer_id, "Water softener check", start=at(8, days=79))
    done = add_visit(customer_id, "Boiler service", "completed", at(9, days=-300), work_summary="All fine.")
    add_advice(customer_id, done, price_from_minor=9000)
    add_invoice(customer_id)
    add_quote(customer_id)
    add_connection(at(10, 50))
    found = home(customer_id)
    assert found.customer_name == "Whitcombe"
    assert found.properties == (("Home", "1 Home Road", "Bath"),)
    assert found.card is not None
    assert (found.card.id, found.card.eta_at) == (visit, at(11, 10))
    assert [(person.name, person.photo) for person in found.card.technicians] == [
        ("Priya Nair", False),
        ("Dave Okafor", True),
    ]
    assert [visit.id for visit in found.coming] == [later]
    assert [entry.total for entry in found.owed] == [Money(24000, "GBP")]
    assert [quote.number for quote in found.quotes] == ["1048"]
    assert [(advice.title, advice.low, advice.high) for advice in found.advice] == [
        ("A filter", Money(9000, "GBP"), None)
    ]
    assert [entry.id for entry in found.history.entries if entry.rank == 3] == [visit, done]
    assert found.as_of == at(10, 50)


LEADING = [
    ("on_the_way", at(10), {}, 0),
    ("in_progress", at(8), {}, 1),
    ("on_hold", at(9), {}, 2),
    ("scheduled", at(16), {}, 3),
    ("unknown", at(15), {}, 4),
    ("completed", at(7), {"completed_at": at(8)}, 5),
    ("canceled", at(12), {}, 6),
    ("scheduled", at(9, days=1), {}, 7),
    ("on_hold", at(9, days=-6), {}, 8),
    ("unscheduled", at(9, days=-2), {}, 9),
]


@pytest.mark.parametrize("first", range(len(LEADING)))
def test_the_liveliest_visit_leads(customer_id, first):
    for status, start, fields, rank in reversed(LEADING[first:]):
        add_visit(customer_id, f"{status} {rank}", status, start, **fields)
    assert led_by(customer_id) == f"{LEADING[first][0]} {LEADING[first][3]}"


@pytest.mark.parametrize(
    ("status", "start", "fields"),
    [
        ("scheduled", at(10, days=-1), {}),
        ("canceled", at(10, days=-1), {}),
        ("canceled", at(10, days=1), {}),
        ("completed", at(10, days=-1), {"completed_at": at(12, days=-1)}),
        ("on_the_way", at(10, days=-3), {"on_the_way_at": at(9, days=-3)}),
        ("in_progress", at(10, days=-30), {"started_at": at(9, days=-30)}),
        ("on_hold", at(10, days=-90), {}),
        ("unscheduled", at(10, days=-200), {}),
        ("scheduled", at(12), {"deleted_at": NOW}),
        ("scheduled", at(12), {"job": {"deleted_at": NOW}}),
        ("a word nobody knows", at(12), {}),
    ],
)
def test_what_is_over_or_gone_does_not_lead(customer_id, status, start, fields):
    add_visit(customer_id, status=status, start=start, **fields)
    found = home(customer_id)
    assert found.card is None
    assert found.coming == ()


def test_work_that_took_until_today_leads_until_the_day_ends(customer_id):
    add_visit(customer_id, "New bathroom", "completed", at(9, days=-2), completed_at=at(10))
    assert led_by(customer_id) == "New bathroom"
    assert led_by(customer_id, NOW.replace(hour=23, minute=59)) == "New bathroom"
    assert led_by(customer_id, NOW.replace(hour=0, minute=1) + timedelta(days=1)) == ""


def test_a_window_over_midnight_leads_until_it_closes(customer_id):
    add_visit(customer_id, "Burst pipe", start=at(23))
    assert led_by(customer_id, at(0, 30, days=1)) == "Burst pipe"
    assert led_by(customer_id, at(1, 30, days=1)) == ""


def test_forty_visits_in_one_day_do_not_hide_the_one_under_way(customer_id):
    for number in range(40):
        add_visit(customer_id, f"Flat {number}", "completed", at(6), completed_at=at(7))
        add_visit(customer_id, f"Flat {40 + number}", "scheduled", at(11))
    add_visit(customer_id, "Flat 81", "in_progress", at(9))
    found = home(customer_id)
    assert found.card is not None
    assert found.card.title == "Flat 81"
    assert found.coming_total == 40


def test_what_comes_is_in_order_and_counted(customer_id):
    for days in (9, 3, 6, 12, 15, 18):
        add_visit(customer_id, f"in {days}", start=at(9, days=days))
    add_visit(customer_id, "also here", "in_progress", at(9))
    add_visit(customer_id, "on the way", "on_the_way", at(10))
    found = home(customer_id)
    assert found.card is not None
    assert found.card.title == "on the way"
    assert [visit.title for visit in found.coming] == [
        "also here", "in 3", "in 6", "in 9", "in 12", "in 15", "in 18",
    ]  # fmt: skip
    assert found.coming_total == 7


def test_more_to_come_than_is_read_is_counted_to_a_hundred(customer_id):
    for number in range(130):
        add_visit(customer_id, f"Clean {number}", start=at(9, days=1 + number))
    found = home(customer_id)
    assert len(found.coming) == 19
    assert found.coming_total == 99


SECTIONS = {
    Right.VIEW_JOBS: {"card", "coming", "advice", "visits"},
    Right.VIEW_MONEY: {"owed", "sees_money", "invoices"},
    Right.VIEW_QUOTES: {"quotes", "quote rows"},
}


def sections_of(found: dashboard.Home) -> set[str]:
    ranks = {entry.rank for entry in found.history.entries}
    present = {
        "card": found.card,
        "coming": found.coming,
        "advice": found.advice,
        "owed": found.owed,
        "sees_money": found.sees_money,
        "quotes": found.quotes,
        "visits": 3 in ranks,
        "quote rows": 2 in ranks,
        "invoices": 1 in ranks,
    }
    return {name for name, value in present.items() if value}


def fill(customer_id: int, location_id: int | None = None, word: str = "Home") -> None:
    """Give a customer one of everything, with `word` in every title and number."""
    shared: dict[str, Any] = {"location_id": location_id}
    add_visit(customer_id, f"{word} today", "on_the_way", at(10), **shared, technicians=(add_technician(f"{word} D"),))
    add_visit(customer_id, f"{word} next", start=at(10, days=4), **shared)
    done = add_visit(customer_id, f"{word} done", "completed", at(10, days=-40), **shared)
    add_advice(customer_id, done, f"{word} filter")
    add_invoice(customer_id, f"{word} I", title=f"{word} bill", **shared)
    add_quote(customer_id, f"{word} Q", title=f"{word} offer", **shared)


@pytest.mark.parametrize(
    "rights", [*([right] for right in Right), list(Right), [Right.PAY], *map(list, ROLE_RIGHTS.values())]
)
def test_each_section_needs_its_right(customer_id, rights):
    fill(customer_id)
    expected = set().union(*(SECTIONS.get(right, set()) for right in rights))
    assert sections_of(home(contact(customer_id, *rights))) == expected


def test_a_bookkeeper_sees_money_and_no_visit(customer_id):
    fill(customer_id)
    found = sections_of(home(contact(customer_id, *ROLE_RIGHTS[Role.BOOKKEEPER])))
    assert found == SECTIONS[Right.VIEW_MONEY] | SECTIONS[Right.VIEW_QUOTES]


def test_nothing_of_another_customer_is_there(customer_id):
    other = save(Customer(name="Neighbour"))
    fill(customer_id, add_location(customer_id, "Mine"), "Mine")
    fill(other, add_location(other, "Theirs"), "Theirs")
    for actor_id, foreign in ((customer_id, "Theirs"), (other, "Mine")):
        said = repr(asdict(home(actor_id)))
        assert foreign not in said
        assert "Neighbour" not in said or actor_id == other
        assert sections_of(home(actor_id)) == set().union(*SECTIONS.values())


def test_another_customers_property_opens_nothing(customer_id):
    """A limit that names somebody else's property, or none at all, shows nothing of either customer."""
    other = save(Customer(name="Neighbour"))
    theirs = add_location(other, "Theirs")
    fill(customer_id, add_location(customer_id, "Mine"))
    fill(other, theirs)
    for limit in (frozenset({theirs}), frozenset()):
        found = home(contact(customer_id, locations=limit))
        assert sections_of(found) == {"sees_money"}
        assert found.properties == ()


def test_a_contact_limited_to_a_property_sees_only_that_one(customer_id):
    mill, barn = add_location(customer_id, "Mill"), add_location(customer_id, "Barn")
    fill(customer_id, mill, "Mill")
    fill(customer_id, barn, "Barn")
    fill(customer_id, None, "Loose")
    limited = home(contact(customer_id, locations=frozenset({mill})))
    said = repr(asdict(limited))
    assert "Barn" not in said
    assert "Loose" not in said
    assert sections_of(limited) == set().union(*SECTIONS.values())
    assert [entry.total.minor for entry in limited.owed] == [24000]
    everything = repr(asdict(home(customer_id)))
    assert "Barn" in everything
    assert "Loose" in everything
    assert limited.card is not None
    assert limited.card.place == "Mill"


@pytest.mark.parametrize("status", ["draft", "unknown"])
def test_drafts_never_show(customer_id, status):
    add_invoice(customer_id, status=status)
    add_quote(customer_id, status=status)
    found = home(customer_id)
    assert sections_of(found) == {"sees_money"}


@pytest.mark.parametrize(
    ("fields", "owed"),
    [
        ({}, 24000),
        ({"status": "partially_paid", "balance_minor": 12000}, 12000),
        ({"status": "paid", "balance_minor": 0}, None),
        ({"status": "paid"}, None),
        ({"status": "void"}, None),
        ({"status": "uncollectible"}, None),
        ({"status": "draft"}, None),
        ({"balance_minor": 0}, None),
        ({"balance_minor": -500}, None),
        ({"deleted_at": NOW}, None),
    ],
)
def test_only_open_balances_are_owed(customer_id, fields, owed):
    add_invoice(customer_id, **fields)
    assert [entry.total.minor for entry in home(customer_id).owed] == ([owed] if owed else [])


def test_currencies_are_never_added_to_each_other(customer_id):
    add_invoice(customer_id, "1")
    add_invoice(customer_id, "2", due_on=TODAY - timedelta(days=4))
    add_invoice(customer_id, "3", currency="EUR", balance_minor=99000, due_on=TODAY)
    euros, pounds = home(customer_id).owed
    assert (euros.total, euros.overdue, euros.number) == (Money(99000, "EUR"), Money(0, "EUR"), "3")
    assert (pounds.total, pounds.invoices, pounds.number) == (Money(48000, "GBP"), 2, "")
    assert (pounds.overdue, pounds.overdue_invoices) == (Money(24000, "GBP"), 1)
    assert pounds.due_first == TODAY - timedelta(days=4)


def test_overdue_begins_with_the_businesss_own_day(customer_id):
    add_invoice(customer_id, due_on=date(2026, 11, 25))
    late_evening = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
    assert home(customer_id, late_evening, "America/New_York").owed[0].overdue_invoices == 0
    assert home(customer_id, late_evening, LONDON).owed[0].overdue_invoices == 1


@pytest.mark.parametrize(
    ("fields", "waits"),
    [
        ({}, True),
        ({"expires_on": None}, True),
        ({"expires_on": TODAY}, True),
        ({"expires_on": TODAY - timedelta(days=1)}, False),
        ({"deleted_at": NOW}, False),
        *(({"status": s}, False) for s in ("draft", "approved", "declined", "expired", "converted", "withdrawn")),
        ({"status": "changes_requested"}, False),
    ],
)
def test_which_quotes_wait(customer_id, fields, waits):
    add_quote(customer_id, **fields)
    assert bool(home(customer_id).quotes) == waits


def test_the_quote_that_expires_first_comes_first(customer_id):
    for number, days in (("1", None), ("2", 9), ("3", 2), ("4", 5), ("5", None), ("6", 30), ("7", 31)):
        add_quote(customer_id, number, expires_on=TODAY + timedelta(days=days) if days else None)
    assert [quote.number for quote in home(customer_id).quotes] == ["3", "4", "2", "6", "7"]


@pytest.mark.parametrize(
    ("visit", "advice", "waits"),
    [
        ({"status": "completed", "start": at(9, days=-3)}, {}, True),
        ({"status": "in_progress", "start": at(9)}, {}, False),
        ({"status": "completed", "start": at(9, days=-400)}, {}, False),
        ({"status": "completed", "start": at(9, days=-3), "deleted_at": NOW}, {}, False),
        ({"status": "completed", "start": at(9, days=-3), "job": {"deleted_at": NOW}}, {}, False),
        ({"status": "completed", "start": at(9, days=-3)}, {"state": "withdrawn"}, False),
        ({"status": "completed", "start": at(9, days=-3)}, {"state": "done"}, False),
    ],
)
def test_which_advice_waits(customer_id, visit, advice, waits):
    add_advice(customer_id, add_visit(customer_id, **visit), **advice)
    assert bool(home(customer_id).advice) == waits


def test_a_technician_who_left_is_not_named(customer_id):
    gone, here = add_technician("Gone", deleted_at=NOW), add_technician("Dave")
    add_visit(customer_id, technicians=(gone, here))
    card = home(customer_id).card
    assert card is not None
    assert [person.name for person in card.technicians] == ["Dave"]


def test_a_deleted_property_gives_no_name(customer_id):
    place = add_location(customer_id, "Mill", deleted_at=NOW)
    add_visit(customer_id, location_id=place)
    found = home(customer_id)
    assert found.properties == ()
    assert found.card is not None
    assert found.card.place == ""


def test_long_notes_stay_in_the_database(customer_id):
    visit = add_visit(customer_id, status="completed", start=at(7), completed_at=at(8), work_summary="x" * 100_000)
    add_advice(customer_id, visit, detail="y" * 100_000)
    assert len(repr(asdict(home(customer_id)))) < 6000


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_the_day_has_its_own_length_when_the_clocks_change(customer_id, day):
    first, last = clock.start_of(day, LONDON), clock.start_of(day + timedelta(days=1), LONDON)
    assert (last - first) in (timedelta(hours=23), timedelta(hours=25))
    add_visit(customer_id, "late today", start=last - timedelta(minutes=30))
    add_visit(customer_id, "early tomorrow", start=last + timedelta(minutes=30))
    found = home(customer_id, first + timedelta(minutes=5))
    assert found.card is not None
    assert found.card.title == "late today"
    assert [visit.title for visit in found.coming] == ["early tomorrow"]
    assert led_by(customer_id, last + timedelta(minutes=1)) == "late today", "its window is still open"
    assert led_by(customer_id, last + timedelta(hours=2)) == "early tomorrow"


def test_a_changed_visit_is_read_as_it_is(customer_id):
    visit = add_visit(customer_id)
    change(Visit, visit, status="canceled", status_reason="The part did not come.")
    card = home(customer_id).card
    assert card is not None
    assert (card.status, card.status_reason) == ("canceled", "The part did not come.")
    change(Job, 1, deleted_at=NOW)
    assert home(customer_id).card is None


EVERY_WAY = [
    (None, frozenset(Right), dashboard.DETAILS),
    ({"transfer": "Sort code 00-00-00"}, frozenset(Right), dashboard.TRANSFER),
    ({"transfer": "Sort code 00-00-00", "key": True}, frozenset(Right), dashboard.ONLINE),
    ({"key": True}, frozenset(Right) - {Right.PAY}, dashboard.NOT_THEIRS),
    ({"sealed": "of another secret key"}, frozenset(Right), dashboard.DETAILS),
]


@pytest.mark.parametrize(("settings", "rights", "way"), EVERY_WAY)
def test_how_one_can_pay_follows_the_settings_and_the_right(customer_id, settings, rights, way):
    add_invoice(customer_id)
    if settings is not None:
        stored = sealed.seal({"secret": "sk_test_1"}) if settings.get("key") else settings.get("sealed", "")
        save(PaymentSettings(id=1, transfer=settings.get("transfer", ""), sealed=stored))
    assert home(contact(customer_id, *rights)).way == way


def test_a_right_to_pay_at_some_properties_promises_no_more(customer_id):
    mill, barn = add_location(customer_id, "Mill"), add_location(customer_id, "Barn")
    save(PaymentSettings(id=1, sealed=sealed.seal({"secret": "sk_test_1"})))
    somewhere = replace(contact(customer_id), right_locations={Right.PAY: frozenset({mill})})
    assert home(somewhere).way == dashboard.SOME_ONLINE
    assert home(replace(somewhere, locations=frozenset({mill}))).way == dashboard.ONLINE
    assert home(replace(somewhere, locations=frozenset({mill, barn}))).way == dashboard.SOME_ONLINE


def test_what_is_with_the_bank_is_told_apart(customer_id):
    invoice = add_invoice(customer_id)
    change(Invoice, invoice, with_bank_minor=10_000)
    [found] = home(customer_id).owed
    assert (found.total.minor, found.with_bank_minor) == (24000, 10_000)
    assert found.public_id
