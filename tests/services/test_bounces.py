"""What a report costs: every step by an index, however many mails have left and people there are."""

import pytest
from sqlmodel import Session

from portal_app import clock, database
from portal_app.integrations.delivery_reports import Failure, Report
from portal_app.models import Outbox
from portal_app.services import bounce_settings, bounces, mails
from portal_app.services.mails import Mail
from tests.services import people
from tests.services.test_query_plans import refusals, run

KIM = "kim@example.com"


@pytest.fixture
def row(database_file) -> Outbox:
    """A mail to Kim that has left."""
    people.make_business()
    people.make_customer(KIM)
    with database.transaction() as session:
        row = mails.queue(session, Mail.PASSWORD_CHANGED, KIM)
        row.state, row.done_at = "done", clock.now()
        return row


def report(row: Outbox, to: str = KIM) -> Report:
    return Report((f"{row.public_id}@portal.example.com",), (Failure(frozenset({to}), "550 5.1.1 no"),))


def test_every_step_by_an_index(row: Outbox) -> None:
    assert refusals(run(lambda session: bounces.note_report(session, report(row)))) == []
    assert refusals(run(lambda session: mails.note_success(session, KIM))) == []
    assert refusals(run(lambda session: mails.forget_silent(session, clock.now()))) == []
    assert refusals(run(bounce_settings.is_due)) == []


@pytest.mark.parametrize(
    ("to", "written"),
    [("kim@bücher.example", "KIM@xn--bcher-kva.example"), ("kim@xn--bcher-kva.example", "kim@bücher.example")],
)
def test_an_address_counts_however_its_domain_is_written(row: Outbox, to: str, written: str) -> None:
    def note(session: Session) -> bool:
        session.get_one(Outbox, row.id).payload = {"mail": "password_changed", "to": to}
        return bounces.note_report(session, report(row, written.lower()))

    with database.transaction() as session:
        assert note(session)
    with database.transaction() as session:
        assert not note(session)


@pytest.mark.parametrize("to", ["", "@", "kim@" + "x" * 300, "kim@..", "kim@\udcff", "kim"])
def test_addresses_that_are_none(row: Outbox, to: str) -> None:
    with database.transaction() as session:
        assert not bounces.note_report(session, report(row, to))
