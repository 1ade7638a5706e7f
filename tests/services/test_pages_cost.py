"""What a customer's lists and papers cost: the same for a short and a long history."""

from collections.abc import Iterable
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import Session, col

from portal_app import database
from portal_app.models import Job, Series
from portal_app.services import invoices, jobs, papers, payable, payment_history, payments, series, timeline
from portal_app.services.actors import Customer
from tests.services import people, records
from tests.services.records import LONDON, NOW, TODAY, contact
from tests.services.test_dashboard_cost import watched, write_history

# Either fills a page of every list; so many jobs are not over, and so many are of one plan.
FEW, MANY = 120, 3000
GOES_ON, OF_PLAN = 40, 6
# The job that is opened, and the invoice: one of the plan, neither over nor paid.
OPENED = 3


def _row(who: Customer | int, number: int = OPENED) -> int:
    return (who if isinstance(who, int) else who.customer_id) * 10_000 + number


def _name(who: Customer) -> str:
    return f"p{_row(who)}"


def _plan(session: Session, who: Customer) -> None:
    (plan,) = series.of_customer(session, who, LONDON, now=NOW).plans
    assert plan.done
    series.get(session, who, LONDON, plan.public_id, now=NOW)


def _jobs(which: Any, **given: Any) -> Any:
    def act(session: Session, who: Customer) -> None:
        assert jobs.page(session, who, LONDON, which=which, now=NOW, **given).entries

    return act


def _picked(session: Session, who: Customer) -> None:
    assert payable.picked(session, who, [_name(who)])


ACTS: dict[str, Any] = {
    "active": _jobs("active"),
    "outside plans": _jobs("active", outside_plans=True),
    "past": _jobs("past"),
    "job": lambda session, who: jobs.get(session, who, LONDON, _name(who), now=NOW),
    "plan": _plan,
    "invoices": lambda session, who: invoices.page(session, who),
    "invoice": lambda session, who: papers.invoice(session, who, _name(who)),
    "of invoice": lambda session, who: payments.of_invoice(session, who, _name(who)),
    "bundles": lambda session, who: payable.bundles(session, who, TODAY),
    "picked": _picked,
    "payments": lambda session, who: payment_history.page(session, who),
    "history": lambda session, who: timeline.page(session, who, LONDON, now=NOW),
}


@pytest.fixture
def customers(database_file) -> dict[int, tuple[int, ...]]:
    """Customers with few and with many jobs and a plan each, with the rows of two of their properties."""
    people.make_business()
    made = {jobs: write_history(jobs, customer_id) for customer_id, jobs in enumerate((FEW, MANY), start=1)}
    with database.transaction() as session:
        for size, (row, place, _) in made.items():
            plan = records.keep(session, Series(customer_id=row, location_id=place, title="Softener"))
            _set(session, (_row(row, OPENED * number) for number in range(OF_PLAN)), series_id=plan)
            _set(session, (_row(row, number) for number in range(GOES_ON, size)), status="completed")
    return made


def _set(session: Session, rows: Iterable[int], **values: Any) -> None:
    session.execute(update(Job).where(col(Job.id).in_(list(rows))).values(**values))


@pytest.mark.parametrize("limited", [False, True])
def test_a_longer_history_costs_no_more(customers, limited):
    taken = {
        name: {size: _cost(act, *ids, limited=limited) for size, ids in customers.items()} for name, act in ACTS.items()
    }
    assert {name: both for name, both in taken.items() if both[MANY] > both[FEW] * 1.2 + 3} == {}


def _cost(act: Any, row: int, *places: int, limited: bool) -> int:
    """Return how many of SQLite's steps an act takes, in tens."""
    with watched() as (_, steps, session):
        act(session, contact(row, locations=frozenset(places) if limited else None))
        return steps[0]
