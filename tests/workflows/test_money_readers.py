"""Who is mailed about money once people have left: nobody who may not come in for that customer any more."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from portal_app import clock
from portal_app.database import transaction
from portal_app.models import Contact, Customer, Outbox
from portal_app.services.actors import Staff
from portal_app.services.recorded_payments import Recorded, record
from portal_app.services.refunds import REOPEN
from portal_app.services.rights import ROLE_RIGHTS, Role
from portal_app.workflows.refund import give_back
from portal_app.workflows.sync_attempt import sync_attempt
from tests.demo.running_stripe import RunningStripe
from tests.services import people
from tests.workflows.conftest import rows
from tests.workflows.money import Money, money, run
from tests.workflows.money_back import boss as boss

GONE = [{"disabled_at": clock.now()}, {"active": False}, {"customer_id": 2}]


@pytest.fixture
def till(stripe: RunningStripe, database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Money]:
    """Ann's invoice over 60.00 GBP, and a customer of somebody else's."""
    stripe.use(monkeypatch)
    with money(stripe, 6000) as ready:
        people.make_customer("other@example.com")
        yield ready


def cash(till: Money, boss: Staff) -> str:
    with transaction() as session:
        customer = session.get_one(Customer, till.payer.customer_id).public_id
        wanted = Recorded(((till.invoices[0], 6000),), 6000, "GBP", "cash", clock.now().date())
        return record(session, boss, customer, wanted).public_id


def card(till: Money, _boss: Staff) -> str:
    attempt, page = till.begin(0)
    till.stripe.pay(page)
    run(sync_attempt(attempt))
    return till.payments()[-1].public_id


def bookkeeper(**more: Any) -> None:
    with transaction() as session:
        rights = sorted(right.value for right in ROLE_RIGHTS[Role.BOOKKEEPER])
        session.add(Contact(customer_id=1, name="Bo", email="bo@example.com", rights=rights, role="bookkeeper", **more))


def told() -> list[str]:
    """Return who was mailed, in order."""
    written = select(Outbox).where(Outbox.kind == "mail").order_by(col(Outbox.id))
    return [row.payload["to"] for row in rows(written)]


@pytest.mark.parametrize("gone", GONE)
@pytest.mark.parametrize("came", [cash, card])
def test_nothing_more_is_mailed_to_who_has_left(till: Money, boss: Staff, came: Any, gone: dict[str, Any]):
    payment = came(till, boss)
    assert told() == ["ann@example.com"]
    people.change(Contact, 1, **gone)
    run(give_back(boss, payment, 1000, REOPEN, ""))
    assert told() == ["ann@example.com"]
    bookkeeper()
    run(give_back(boss, payment, 1000, REOPEN, ""))
    assert told() == ["ann@example.com", "bo@example.com"]


@pytest.mark.parametrize(("came", "more"), [(cash, []), (card, ["ann@example.com"])])
def test_who_may_see_no_money_any_more_hears_only_of_their_own(till: Money, boss: Staff, came: Any, more: list[str]):
    payment = came(till, boss)
    people.change(Contact, 1, rights=["view_jobs"])
    run(give_back(boss, payment, 1000, REOPEN, ""))
    assert told() == ["ann@example.com", *more]


def test_who_sees_other_properties_alone_hears_nothing_of_this_one(till: Money, boss: Staff):
    payment = cash(till, boss)
    people.change(Contact, 1, all_locations=False)
    run(give_back(boss, payment, 1000, REOPEN, ""))
    assert told() == ["ann@example.com"]
