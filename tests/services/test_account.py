"""What customers see and change of their own account."""

from typing import Any

import pytest
from sqlmodel import select

from portal_app import database
from portal_app.errors import Invalid, NotAllowed, NotFound
from portal_app.models import Contact, ContactChange, Customer, Location, LoginSession
from portal_app.services import account, telephones
from portal_app.services.actors import Customer as Actor
from portal_app.services.rights import Role
from tests.services.people import (
    actor_of,
    change,
    kinds,
    make_business,
    make_customer,
    make_location,
    session_of,
    start_session,
)


@pytest.fixture(autouse=True)
def business(database_file) -> None:
    make_business()


def acting(token: str) -> Actor:
    actor = actor_of(token)
    assert isinstance(actor, Actor)
    return actor


def read(actor: Actor) -> account.Details:
    with database.reading() as session:
        return account.details(session, actor)


def do(act: Any, *given: Any) -> Any:
    with database.transaction() as session:
        return act(session, *given)


def public_id(table: type[Any], row: int | None) -> str:
    with database.reading() as session:
        return session.get_one(table, row).public_id


def test_it_works():
    sarah = make_customer("sarah@example.com", phones=[{"kind": "mobile", "number": "07700 900001"}])
    make_location(sarah, "Mill", visible=False)
    actor = acting(start_session(sarah))
    found = read(actor)
    assert (found.email, found.owner, found.has_password) == ("sarah@example.com", True, True)
    assert found.phones == (("mobile", "07700 900001"),)
    assert [place.name for place in found.places] == ["Mill"]
    do(account.rename, actor, "  Sarah \n Whitcombe ")
    do(account.set_phones, actor, [("mobile", "07700 900002"), ("", " "), ("rocket", "01225 900003")], "GB")
    do(account.set_billing_address, actor, {"line1": "2 New Road", "city": "Bath"})
    found = read(actor)
    assert found.name == "Sarah Whitcombe"
    assert found.phones == (("mobile", "07700 900002"), ("other", "01225 900003"))
    assert found.billing_address is not None
    assert found.billing_address["line1"] == "2 New Road"
    assert kinds(lambda kind: kind == "contact.changed") == ["contact.changed"] * 3


@pytest.mark.parametrize("name", ["", "   ", "\n\t", "\u200b", "x" * 201])
def test_a_name_that_is_none_is_refused_in_words(name):
    actor = acting(start_session(make_customer("sarah@example.com")))
    with pytest.raises(Invalid, match="Your name"):
        do(account.rename, actor, name)


@pytest.mark.parametrize("number", ["12", "ring me", "07700 900 900 900 900", "+", "<script>", "9" * 41, "０"])
def test_a_number_nobody_could_ring_is_refused_by_name_and_nothing_changes(number):
    actor = acting(start_session(make_customer("sarah@example.com")))
    with pytest.raises(Invalid, match="no telephone number we could ring"):
        do(account.set_phones, actor, [("mobile", "07700 900001"), ("home", number)], "GB")
    assert read(actor).phones == ()


def test_too_many_numbers_are_refused():
    actor = acting(start_session(make_customer("sarah@example.com")))
    with pytest.raises(Invalid, match="at most 10"):
        do(account.set_phones, actor, [("home", f"01225 9000{n:02}") for n in range(11)], "GB")


@pytest.mark.parametrize(
    "lines",
    [
        {},
        {"line1": "  "},
        {"line1": "1 Road"},
        {"line1": "x" * 121, "city": "Bath"},
        {"line1": "1 Road", "postal_code": "9" * 61},
    ],
)
def test_an_address_that_lacks_something_is_refused_in_words(lines):
    actor = acting(start_session(make_customer("sarah@example.com")))
    with pytest.raises(Invalid):
        do(account.set_billing_address, actor, lines)


def test_what_the_form_does_not_show_of_an_address_stays():
    sarah = make_customer("sarah@example.com")
    change(Customer, sarah.customer_id, billing_address={"line1": "1 Old Road", "country": "GB"})
    actor = acting(start_session(sarah))
    do(account.set_billing_address, actor, {"line1": "2 New Road", "city": "Bath", "country": "FR", "secret": "x"})
    found = read(actor).billing_address
    assert found == {
        "line1": "2 New Road",
        "line2": "",
        "city": "Bath",
        "region": "",
        "postal_code": "",
        "country": "GB",
    }


@pytest.mark.parametrize("role", [Role.HOUSEHOLD, Role.BOOKKEEPER, Role.VIEWER])
def test_only_the_owner_changes_addresses(role):
    person = make_customer("sarah@example.com", role=role)
    place = public_id(Location, make_location(person, "Mill", visible=False))
    actor = acting(start_session(person))
    lines = {"line1": "2 New Road", "city": "Bath"}
    with pytest.raises(NotAllowed):
        do(account.set_billing_address, actor, lines)
    with pytest.raises(NotAllowed):
        do(account.set_address, actor, place, lines)
    assert (read(actor).billing_address is not None) == (role is Role.BOOKKEEPER)


def test_only_addresses_in_reach_are_shown_and_changed():
    tenant = make_customer("tom@example.com", all_locations=False)
    mill, barn = (make_location(tenant, name, visible=name == "Mill") for name in ("Mill", "Barn"))
    elsewhere = make_location(make_customer("noor@example.com"), "Elsewhere", visible=False)
    actor = acting(start_session(tenant))
    assert [place.name for place in read(actor).places] == ["Mill"]
    lines = {"line1": "2 New Road", "city": "Bath"}
    do(account.set_address, actor, public_id(Location, mill), lines)
    for place in (public_id(Location, barn), public_id(Location, elsewhere), "nothing"):
        with pytest.raises(NotFound):
            do(account.set_address, actor, place, lines)


def test_what_waits_for_the_crm_is_named():
    sarah = make_customer("sarah@example.com")
    actor = acting(start_session(sarah))
    with database.transaction() as session:
        for state, name in (("pending", "phones"), ("conflict", "name"), ("applied", "emails")):
            session.add(
                ContactChange(
                    contact_id=actor.contact_id, customer_id=actor.customer_id, change={name: []}, base={}, state=state
                )
            )
    assert [(one.name, one.decides) for one in read(actor).waiting] == [("phones", False), ("name", True)]


def test_somebody_elses_waiting_changes_are_not_shown():
    sarah = make_customer("sarah@example.com")
    other = make_customer("tom@example.com")
    change(Contact, other.contact_id, customer_id=sarah.customer_id)
    with database.transaction() as session:
        session.add(
            ContactChange(contact_id=other.contact_id or 0, customer_id=sarah.customer_id or 0, change={"name": "T"})
        )
    assert read(acting(start_session(sarah))).waiting == ()


def test_devices_and_ending_them():
    sarah, noor = make_customer("sarah@example.com"), make_customer("noor@example.com")
    here, phone, tablet, theirs = (start_session(person) for person in (sarah, sarah, sarah, noor))
    actor = acting(here)
    with database.reading() as session:
        devices = account.devices(session, actor)
    assert [device.here for device in devices] == [True, False, False]
    for token in (here, theirs):
        with pytest.raises(NotFound):
            do(account.end_device, actor, session_of(token).public_id)
    do(account.end_device, actor, session_of(phone).public_id)
    assert actor_of(phone) is None
    with pytest.raises(NotFound):
        do(account.end_device, actor, session_of(phone).public_id)
    assert do(account.end_other_devices, actor) == 1
    assert actor_of(tablet) is None
    assert actor_of(here) is not None
    assert actor_of(theirs) is not None
    with database.reading() as session:
        reasons = session.exec(select(LoginSession.ended_because).where(LoginSession.ended_because != "")).all()
    assert set(reasons) == {"ended_by_owner"}


@pytest.mark.parametrize(
    ("number", "country", "shown", "key"),
    [
        ("+447700900001", "GB", "07700 900001", "+447700900001"),
        ("07700900001", "GB", "07700 900001", "+447700900001"),
        ("+1 212 555 0123", "GB", "+1 212-555-0123", "+12125550123"),
        ("(212) 555-0123", "US", "(212) 555-0123", "+12125550123"),
        ("ask for Dave", "GB", "ask for Dave", "askfordave"),
    ],
)
def test_numbers_as_the_country_writes_them(number, country, shown, key):
    assert telephones.written(number, country) == shown
    assert telephones.key(number, country) == key


def test_an_example_stands_for_every_country():
    assert telephones.example("GB").startswith("07")
    assert telephones.example("ZZ")
