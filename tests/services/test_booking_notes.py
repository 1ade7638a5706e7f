"""Notes for coming visits: by property, by those who may, two tabs losing nothing, and a secret everywhere else."""

from typing import Any

import pytest
from sqlmodel import select

from portal_app import database
from portal_app.errors import Invalid, NotAllowed, NotFound
from portal_app.models import (
    Activity,
    BookingNote,
    CrmConnection,
    Customer,
    CustomerWord,
    Job,
    Location,
    Outbox,
    RecordWord,
)
from portal_app.services import booking_notes, customer_index, jobs
from portal_app.services.actors import Customer as Actor
from portal_app.services.booking_notes import NoteChanged
from portal_app.services.rights import Right
from tests.services import people, work
from tests.services.work import DAY, LONDON, NOW, actor

pytestmark = pytest.mark.usefixtures("database_file")
GATE = "Gate code 4711.\nThe dog is called Otto."


@pytest.fixture
def sarah(database_file) -> Actor:
    people.make_business()
    found = people.actor_of(people.start_session(people.make_customer("sarah@example.com")))
    assert isinstance(found, Actor)
    return found


def place_of(who: Actor, label: str = "Mill", **columns: Any) -> tuple[int, str]:
    row = work.location(who.customer_id, label, **columns)
    with database.reading() as session:
        return row, session.get_one(Location, row).public_id


def write(who: Actor, place: str, body: str, base: int = 0) -> int:
    with database.transaction() as session:
        return booking_notes.write(session, who, place, body, base=base)


def notes(who: Actor) -> list[booking_notes.Note]:
    with database.reading() as session:
        return booking_notes.of_actor(session, who)


def test_it_works(sarah: Actor):
    row, place = place_of(sarah)
    assert [(note.place, note.body, note.version) for note in notes(sarah)] == [("Mill", "", 0)]
    assert write(sarah, place, f"  {GATE}\r\n ") == 1
    (note,) = notes(sarah)
    assert (note.body, note.version, note.who, note.may_write) == (GATE, 1, sarah.name, True)
    assert write(sarah, place, GATE, base=0) == 1
    work.visit("scheduled", NOW + DAY, customer_id=sarah.customer_id, location_id=row, job={"location_id": row})
    with database.reading() as session:
        name = session.exec(select(Job.public_id)).one()
        detail = jobs.get(session, sarah, LONDON, name, now=NOW)
    assert detail.note is not None
    assert detail.note.body == GATE


def test_two_tabs_lose_nothing(sarah: Actor):
    _, place = place_of(sarah)
    write(sarah, place, "From the first tab")
    with pytest.raises(NoteChanged, match="From the first tab") as told:
        write(sarah, place, "From the second tab", base=0)
    assert told.value.version == 1
    assert write(sarah, place, "Both", base=told.value.version) == 2
    with database.reading() as session:
        assert list(session.exec(select(BookingNote.body))) == ["From the first tab", "Both"]


def test_it_can_be_emptied(sarah: Actor):
    _, place = place_of(sarah)
    write(sarah, place, "A dog")
    assert write(sarah, place, "", base=1) == 2
    assert notes(sarah)[0].body == ""


def test_what_is_too_long_is_refused_and_what_cannot_be_seen_is_dropped(sarah: Actor):
    _, place = place_of(sarah)
    with pytest.raises(Invalid, match="600 characters; it has 601"):
        write(sarah, place, "x" * 601)
    write(sarah, place, "A\x00\x1b[31m d\u202eo\u2066g\x07")
    assert notes(sarah)[0].body == "A[31m dog"


def test_the_crm_is_told_and_an_older_command_that_waits_is_taken_back(sarah: Actor):
    crm: dict[str, Any] = {"connection_id": work.add(CrmConnection(name="crm", base_url="http://crm.example")).id}
    people.change(Customer, sarah.customer_id, external_id="cus_1", **crm)
    _, place = place_of(sarah, external_id="loc_1", **crm)
    write(sarah, place, "One")
    people.change(Outbox, 1, state="office")
    write(sarah, place, "Two", base=1)
    with database.reading() as session:
        rows = [(row.kind, row.state, row.payload) for row in session.exec(select(Outbox))]
    assert rows == [
        ("booking-notes", "withdrawn", {"customer_id": "cus_1", "location_id": "loc_1", "body": "One"}),
        ("booking-notes", "pending", {"customer_id": "cus_1", "location_id": "loc_1", "body": "Two"}),
    ]


def test_it_is_in_no_search_and_in_no_log(sarah: Actor, caplog: pytest.LogCaptureFixture):
    _, place = place_of(sarah)
    write(sarah, place, GATE)
    with database.transaction() as session:
        customer_index.mark_missing(session)
        customer_index.write_due(session)
    with database.reading() as session:
        words = [*session.exec(select(CustomerWord.word)), *session.exec(select(RecordWord.word))]
        facts = [repr(row.facts) for row in session.exec(select(Activity))]
        (noted,) = session.exec(select(Activity.kind).where(Activity.kind == "location.noted")).all()
    assert noted == "location.noted"
    told = " ".join([*words, *facts, caplog.text])
    assert words
    assert [secret for secret in ("4711", "otto", "Otto") if secret in told] == []


def test_only_at_ones_own_properties(sarah: Actor):
    mill, _ = place_of(sarah)
    _, barn = place_of(sarah, "Barn")
    limited = actor(sarah.customer_id, locations=[mill])
    assert [note.place for note in notes(limited)] == ["Mill"]
    other = people.actor_of(people.start_session(people.make_customer("jo@example.com")))
    assert isinstance(other, Actor)
    for who, place in ((limited, barn), (other, barn), (sarah, "nonsense")):
        with pytest.raises(NotFound):
            write(who, place, "x")


def test_without_the_rights(sarah: Actor):
    mill, place = place_of(sarah)
    write(sarah, place, GATE)
    reader = actor(sarah.customer_id, {Right.VIEW_JOBS})
    assert [(note.body, note.may_write) for note in notes(reader)] == [(GATE, False)]
    with pytest.raises(NotAllowed):
        write(reader, place, "x", base=1)
    nobody = actor(sarah.customer_id, {Right.REQUEST, Right.VIEW_MONEY})
    assert notes(nobody) == []
    with database.reading() as session:
        assert booking_notes.at_location(session, nobody, mill) is None
    with pytest.raises(NotAllowed):
        write(nobody, place, "x", base=1)


def test_the_office_reads_it_and_customers_do_not_read_the_offices(sarah: Actor):
    _, place = place_of(sarah)
    place_of(sarah, "Barn")
    write(sarah, place, GATE)
    ruth = people.actor_of(people.start_session(people.make_staff("ruth@example.com")))
    with database.reading() as session:
        customer = session.get_one(Customer, sarah.customer_id).public_id
        assert [note.body for note in booking_notes.of_customer(session, ruth, customer)] == [GATE]  # type: ignore[arg-type]
        with pytest.raises(NotAllowed):
            booking_notes.of_customer(session, sarah, customer)  # type: ignore[arg-type]


def test_a_house_that_is_sold_keeps_its_notes_from_who_bought_it(sarah: Actor):
    row, place = place_of(sarah)
    write(sarah, place, GATE)
    bought = people.actor_of(people.start_session(people.make_customer("bought@example.com")))
    assert isinstance(bought, Actor)
    people.change(Location, row, customer_id=bought.customer_id)
    (note,) = notes(bought)
    assert (note.place, note.body, note.who, note.at) == ("Mill", "", "", None)
    assert notes(sarah) == []
    with pytest.raises(NoteChanged) as refused:
        write(bought, place, "Ring twice.")
    assert "4711" not in refused.value.sentence
    assert write(bought, place, "Ring twice.", base=note.version) == 2
    assert [one.body for one in notes(bought)] == ["Ring twice."]


def test_a_tab_parts_what_it_stands_between(sarah: Actor):
    _, place = place_of(sarah)
    write(sarah, place, "Floor 2\t4711\u00a0A")
    with database.reading() as session:
        assert [note.body for note in session.exec(select(BookingNote))] == ["Floor 2 4711 A"]
