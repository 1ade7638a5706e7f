"""What customers change about themselves, and what becomes of it when the CRM speaks."""

import itertools
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from portal_app import clock, database
from portal_app.errors import Invalid, NotAllowed, NotFound
from portal_app.integrations.crm import records
from portal_app.models import Contact, ContactChange, CrmConnection, Customer, Location, Outbox
from portal_app.services import change_agreement, change_decisions, contact_changes, crm_records, outbox, outbox_hooks
from portal_app.services.actors import Customer as Actor
from portal_app.services.actors import Origin, Staff
from portal_app.services.crm_reading import Reading
from portal_app.services.outbox_hooks import Outcome
from portal_app.services.rights import Permission, Right
from tests.services.people import change, kinds, make_business, make_customer, make_staff

pytestmark = pytest.mark.usefixtures("database_file")
RUTH = Staff(1, 1, 1, "Ruth", "office", frozenset({Permission.EDIT_CUSTOMERS, Permission.VIEW_CUSTOMERS}), Origin())
OLD = [{"kind": "mobile", "number": "07700 900001"}]
NEW = [{"kind": "mobile", "number": "07700 900002"}]
OTHER = [{"kind": "mobile", "number": "07700 900003"}]
_stamps = itertools.count(1)


def held(table: type[Any], row: int | None) -> Any:
    """Return a row as it is in the database now."""
    with database.reading() as session:
        found = session.get_one(table, row)
        session.expunge(found)
        return found


class Crm:
    """A connection whose contact con_1, customer cus_1 and location loc_1 are ours; it says what a test wants."""

    def __init__(self) -> None:
        make_business()
        make_staff("ruth@example.com")
        person = make_customer("sarah@example.com")
        self.contact_id, self.customer_id = person.contact_id or 0, person.customer_id or 0
        with database.transaction() as session:
            connection = CrmConnection(name="crm", base_url="http://crm.example")
            place = Location(customer_id=self.customer_id, label="Mill", address={"line1": "1 Mill Road"})
            session.add_all([connection, place])
            session.flush()
            self.connection_id, self.location_id = connection.id or 0, place.id or 0
        owned = {"connection_id": self.connection_id}
        change(Contact, self.contact_id, external_id="con_1", name="Sarah", phones=OLD, emails=[person.email], **owned)
        change(Customer, self.customer_id, external_id="cus_1", billing_address={"line1": "1 Old Road"}, **owned)
        change(Location, self.location_id, external_id="loc_1", **owned)
        self.actor = Actor(self.contact_id, self.customer_id, person.login_id, 1, "Sarah", frozenset(Right))

    def says(self, stream: str = "contacts", **fields: Any) -> None:
        """Let a poll store what the CRM says of a record."""
        common = {"updated_at": clock.now() + timedelta(seconds=next(_stamps))}
        given: dict[str, dict[str, Any]] = {
            "contacts": {"customer_id": "cus_1", "name": "Sarah", "emails": ["sarah@example.com"], "phones": OLD},
            "customers": {"name": "Whitcombe", "billing_address": {"line1": "1 Old Road"}},
            "locations": {"customer_id": "cus_1", "label": "Mill", "address": {"line1": "1 Mill Road"}},
        }
        ids = {"contacts": "con_1", "customers": "cus_1", "locations": "loc_1"}
        model: Any = records.MODELS[stream]
        record = model.model_validate({"external_id": ids[stream], **common, **given[stream], **fields})
        with database.transaction() as session:
            crm_records.store_items(session, Reading(self.connection_id), stream, [record])

    def propose(self, name: str, value: Any) -> ContactChange:
        """Change something as the customer does."""
        with database.transaction() as session:
            place = session.get_one(Location, self.location_id) if name == "address" else None
            made = contact_changes.propose(session, self.actor, name, value, location=place)
        assert made is not None
        return made

    def contact(self) -> Contact:
        """Return the contact's row."""
        return held(Contact, self.contact_id)

    def answers(self, made: ContactChange, state: str, reason: str = "", **more: Any) -> None:
        """Let the delivery hear what became of a command."""
        with database.transaction() as session:
            row = session.exec(select(Outbox).where(Outbox.public_id == made.public_id)).one()
            row.state = state
            outbox_hooks.tell(session, row, Outcome(state, reason=reason, **more))


@pytest.fixture
def crm() -> Crm:
    return Crm()


def states() -> list[str]:
    with database.reading() as session:
        return [row.state for row in session.exec(select(ContactChange).order_by(ContactChange.id))]  # type: ignore[arg-type]


def only(made: ContactChange) -> ContactChange:
    return held(ContactChange, made.id)


def commands() -> list[tuple[str, str, Mapping[str, Any]]]:
    with database.reading() as session:
        rows = session.exec(select(Outbox).order_by(Outbox.id))  # type: ignore[arg-type]
        return [(row.subject.partition(":")[0], row.state, row.payload) for row in rows]


def test_it_works(crm):
    made = crm.propose("phones", NEW)
    assert crm.contact().phones == NEW
    assert states() == ["pending"]
    assert commands() == [
        ("contact", "pending", {"contact_id": "con_1", "base": {"phones": OLD}, "change": {"phones": NEW}})
    ]
    with database.reading() as session:
        assert session.exec(select(Outbox.public_id)).one() == made.public_id
    crm.says(phones=NEW)
    assert states() == ["applied"]
    assert kinds(lambda kind: kind.startswith("contact.")) == ["contact.changed", "contact.change_applied"]


def test_no_change_is_none(crm):
    with database.transaction() as session:
        assert contact_changes.propose(session, crm.actor, "phones", OLD) is None
    assert commands() == []


def test_where_no_crm_owns_the_record_it_counts_at_once(crm):
    change(Contact, crm.contact_id, connection_id=None, external_id=None)
    crm.propose("name", "Sarah Whitcombe")
    assert (states(), commands(), crm.contact().name) == (["applied"], [], "Sarah Whitcombe")


@pytest.mark.parametrize("about", ["name", "phones", "emails", "billing_address", "address"])
def test_what_the_crm_says_of_anything_else_never_reverts_it(crm, about):
    """The table of the rule: base keeps it open, the change settles it, anything else is the office's."""
    new, other = {
        "name": ("Sarah W", "Sara"),
        "phones": (NEW, OTHER),
        "emails": (["new@example.com"], ["third@example.com"]),
        "billing_address": ({"line1": "2 New Road"}, {"line1": "3 Third Road"}),
        "address": ({"line1": "2 New Road"}, {"line1": "3 Third Road"}),
    }[about]
    stream = {"billing_address": "customers", "address": "locations"}.get(about, "contacts")
    made = crm.propose(about, new)

    def shown() -> Any:
        table, row = {
            "contacts": (Contact, crm.contact_id),
            "customers": (Customer, crm.customer_id),
            "locations": (Location, crm.location_id),
        }[stream]
        return getattr(held(table, row), about)

    # Something else of the record changes, the field itself still as before.
    crm.says(stream, **({"label": "The mill"} if stream == "locations" else {"active": True, "number": "7"}))
    assert (shown(), only(made).state) == (new, "pending")
    crm.says(stream, **{about: other})
    assert (shown(), only(made).state) == (new, "conflict")
    theirs = only(made).theirs[about]
    assert change_agreement.same(about, theirs, other, "GB")
    crm.says(stream, **{about: new})
    assert change_agreement.same(about, shown(), new, "GB")
    assert only(made).state == "applied"
    # From now on the CRM is believed again.
    if about != "emails":
        crm.says(stream, **{about: other})
        assert change_agreement.same(about, shown(), other, "GB")


def test_two_changes_of_one_field_are_agreed_to_one_after_the_other(crm):
    crm.propose("phones", NEW)
    crm.propose("phones", OTHER)
    assert [payload["base"] for _, _, payload in commands()] == [{"phones": OLD}, {"phones": NEW}]
    crm.says(phones=OLD, billing=True)
    assert (states(), crm.contact().phones) == (["pending", "pending"], OTHER)
    crm.says(phones=NEW)
    assert (states(), crm.contact().phones) == (["applied", "pending"], OTHER)
    crm.says(phones=OTHER)
    assert (states(), crm.contact().phones) == (["applied", "applied"], OTHER)


def test_changed_and_changed_back_flickers_at_no_time(crm):
    crm.propose("phones", NEW)
    back = crm.propose("phones", OLD)
    crm.says(phones=OLD, billing=True)
    assert (states(), crm.contact().phones) == (["pending", "pending"], OLD)
    crm.says(phones=NEW)
    assert (states(), crm.contact().phones) == (["applied", "pending"], OLD)
    crm.answers(back, outbox.DONE)
    crm.says(phones=OLD)
    assert (states(), crm.contact().phones) == (["applied", "applied"], OLD)


def test_two_fields_are_independent(crm):
    crm.propose("phones", NEW)
    crm.propose("name", "Sarah W")
    crm.says(phones=NEW, name="Sarah")
    assert (states(), crm.contact().name) == (["applied", "pending"], "Sarah W")


def test_any_order_of_words_from_the_crm_ends_with_ours_or_a_conflict(crm):
    """Whatever is said, the row shows the customer's value until the CRM has agreed or the office has decided."""
    made = crm.propose("phones", NEW)
    for words in itertools.product([OLD, OTHER], repeat=3):
        for said in words:
            crm.says(phones=said, billing=not crm.contact().billing)
            assert crm.contact().phones == NEW
            assert only(made).state in contact_changes.OPEN


def test_numbers_written_otherwise_are_the_same_number(crm):
    crm.propose("phones", NEW)
    crm.says(phones=[{"kind": "Mobile", "number": "+44 7700 900002"}])
    assert states() == ["applied"]
    assert crm.contact().phones == [{"kind": "Mobile", "number": "+44 7700 900002"}]


@pytest.mark.parametrize("state", [outbox.OFFICE, outbox.DEAD])
def test_a_refusal_is_the_offices_to_decide_and_shows_ours_meanwhile(crm, state):
    made = crm.propose("phones", NEW)
    crm.answers(made, state, "The office changed phones meanwhile.")
    assert (only(made).state, only(made).reason) == ("conflict", "The office changed phones meanwhile.")
    assert crm.contact().phones == NEW
    assert "contact.change_conflict" in kinds()


def test_tried_again_or_entered_by_hand_it_is_pending_again(crm):
    made = crm.propose("phones", NEW)
    crm.answers(made, outbox.DEAD, "No answer.")
    crm.answers(made, outbox.PENDING)
    assert only(made).state == "pending"
    crm.answers(made, outbox.OFFICE, "No.")
    crm.answers(made, outbox.DONE, by_hand=True)
    assert only(made).state == "pending"


def test_the_office_takes_the_customers_value(crm):
    made = crm.propose("phones", NEW)
    crm.says(phones=OTHER)
    crm.answers(made, outbox.OFFICE, "Moved.")
    with database.transaction() as session:
        again = change_decisions.resolve_ours(session, RUTH, made.public_id)
    assert again.public_id != made.public_id
    assert (states(), crm.contact().phones) == (["withdrawn", "pending"], NEW)
    first, second = commands()
    assert first[1] == "withdrawn"
    assert second[2] == {"contact_id": "con_1", "base": {"phones": OTHER}, "change": {"phones": NEW}}
    crm.says(phones=NEW)
    assert states() == ["withdrawn", "applied"]


def test_the_office_takes_the_crms_value(crm):
    made = crm.propose("phones", NEW)
    crm.says(phones=OTHER)
    with database.transaction() as session:
        change_decisions.resolve_theirs(session, RUTH, made.public_id)
    assert (states(), crm.contact().phones) == (["withdrawn"], OTHER)
    assert [state for _, state, _ in commands()] == ["withdrawn"]
    assert only(made).resolved_by == 1


def test_a_refusal_without_a_word_from_the_crm_goes_back_to_the_value_before(crm):
    made = crm.propose("billing_address", {"line1": "2 New Road"})
    crm.answers(made, outbox.OFFICE, "No.")
    with database.transaction() as session:
        change_decisions.resolve_theirs(session, RUTH, made.public_id)
    assert held(Customer, crm.customer_id).billing_address == {"line1": "1 Old Road"}


def test_withdrawing_the_command_drops_the_change(crm):
    made = crm.propose("phones", NEW)
    crm.answers(made, outbox.WITHDRAWN)
    assert (states(), crm.contact().phones) == (["withdrawn"], OLD)


def test_a_new_change_takes_the_place_of_one_in_conflict(crm):
    made = crm.propose("phones", NEW)
    crm.says(phones=OTHER)
    crm.answers(made, outbox.OFFICE, "Moved.")
    newest = [{"kind": "home", "number": "01225 900004"}]
    crm.propose("phones", newest)
    assert states() == ["withdrawn", "pending"]
    first, second = commands()
    assert (first[1], second[2]["base"]) == ("withdrawn", {"phones": OTHER})


def test_a_command_nobody_waits_for_holds_nothing_up(crm):
    made = crm.propose("phones", NEW)
    crm.says(phones=NEW)
    crm.answers(made, outbox.OFFICE, "Already so.")
    assert (states(), [state for _, state, _ in commands()]) == (["applied"], ["withdrawn"])


def test_only_the_office_decides_and_only_what_is_open(crm):
    made = crm.propose("phones", NEW)
    reader = Staff(1, 1, 1, "R", "reader", frozenset({Permission.VIEW_CUSTOMERS}), Origin())
    for decide in (change_decisions.resolve_ours, change_decisions.resolve_theirs):
        with database.transaction() as session:
            with pytest.raises(NotAllowed):
                decide(session, reader, made.public_id)
            with pytest.raises(NotFound):
                decide(session, RUTH, "nothing")
            with pytest.raises(Invalid):
                decide(session, RUTH, made.public_id)


def test_the_office_sees_what_is_open(crm):
    crm.propose("phones", NEW)
    crm.propose("address", {"line1": "2 New Road"})
    crm.says(phones=OTHER)
    with database.reading() as session:
        customer = session.get_one(Customer, crm.customer_id).public_id
        phones, address = change_decisions.open_of_customer(session, RUTH, customer)
    assert (phones.field, phones.wanted, phones.theirs, phones.state) == ("phones", NEW, OTHER, "conflict")
    assert (address.field, address.base, address.state) == ("address", {"line1": "1 Mill Road"}, "pending")
    assert address.place


def test_an_address_names_its_property_and_somebody_the_crm_knows(crm):
    change(Contact, crm.contact_id, connection_id=None, external_id=None)
    with database.transaction() as session:
        session.add(
            Contact(customer_id=crm.customer_id, name="Tom", connection_id=crm.connection_id, external_id="con_2")
        )
    crm.propose("address", {"line1": "2 New Road"})
    [(subject, _, payload)] = commands()
    assert (subject, payload["contact_id"], payload["location_id"]) == ("location", "con_2", "loc_1")


def test_with_nobody_the_crm_knows_the_office_has_to_enter_it(crm):
    change(Contact, crm.contact_id, connection_id=None, external_id=None)
    made = crm.propose("billing_address", {"line1": "2 New Road"})
    assert (only(made).state, commands()) == ("conflict", [])
    assert "knows none" in only(made).reason


def test_a_main_address_the_office_puts_back_moves_no_sign_in(crm):
    made = crm.propose("emails", ["new@example.com"])
    crm.says(emails=["third@example.com"])
    with database.transaction() as session:
        change_decisions.resolve_theirs(session, RUTH, made.public_id)
    assert (crm.contact().email, crm.contact().emails) == ("new@example.com", ["new@example.com", "third@example.com"])


def test_what_the_crm_took_and_never_shows_becomes_the_offices_to_decide(crm):
    heeded, unheeded = crm.propose("name", "Sarah Newname"), crm.propose("phones", NEW)
    crm.answers(unheeded, outbox.DONE)
    crm.answers(heeded, outbox.DONE)
    crm.says(name="Sarah Newname")
    with database.transaction() as session:
        row = session.exec(select(Outbox).where(Outbox.public_id == unheeded.public_id)).one()
        row.done_at = clock.now() - contact_changes.UNHEEDED_AFTER / 2
    with database.transaction() as session:
        assert contact_changes.notice_unheeded(session) == 0
    change(Outbox, row.id, done_at=clock.now() - contact_changes.UNHEEDED_AFTER * 2)
    with database.transaction() as session:
        assert contact_changes.notice_unheeded(session) == 1
    assert (only(heeded).state, only(unheeded).state) == ("applied", "conflict")
    assert "said yes" in only(unheeded).reason
    assert crm.contact().phones == NEW
    with database.transaction() as session:
        assert contact_changes.notice_unheeded(session) == 0
