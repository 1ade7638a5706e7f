"""What the home page costs: the same for a short and a long history, and every query served by an index."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert
from sqlmodel import Session

from portal_app import database
from portal_app.models import Customer, Invoice, Job, Location, Quote, Recommendation, Technician, Visit
from portal_app.models import VisitTechnician as Link
from portal_app.services import dashboard, timeline
from tests.services.records import LONDON, NOW, TODAY, add_connection, contact, keep, save

MANY, FEW = 2500, 25
SMALL_TABLES = {"crm_connection"}
# The unpaid invoices of one customer are added up per currency; the recommendations are at most forty by then.
SORTS_ALLOWED = {"USE TEMP B-TREE FOR GROUP BY"}


def write_history(jobs: int, customer_id: int) -> tuple[int, int, int]:
    """Write a customer with that many jobs, each with visit, quote and invoice; returns it and two properties."""
    places = [customer_id * 10 + n for n in range(3)]
    numbers = range(-15, jobs)
    with database.transaction() as session:
        keep(session, Customer(id=customer_id, name=f"{jobs} jobs"))
        session.add_all(Location(id=place, customer_id=customer_id, label=f"House {place}") for place in places)
        technician_id = keep(session, Technician(name="Dave Okafor"))
        session.flush()
        for table in (Job, Visit, Link, Invoice, Quote, Recommendation):
            rows = [_rows(customer_id, places, technician_id, number)[table] for number in numbers]
            session.connection().execute(insert(table), [row for row in rows if row])
    return customer_id, places[0], places[1]


def _rows(customer_id: int, places: list[int], technician_id: int, number: int) -> dict[type, dict[str, Any]]:
    """Return the rows of one job, one for each table; jobs with a number below nought are to come."""
    start, day, to_come = NOW - timedelta(days=number), TODAY - timedelta(days=number), number < 0
    row_id = customer_id * 10_000 + number
    own = {"id": row_id, "customer_id": customer_id, "public_id": f"p{row_id}", "created_at": NOW}
    shared = {**own, "location_id": places[number % 3]}
    status = "scheduled" if to_come else "canceled" if number % 7 == 0 else "completed"
    money = {"currency": "GBP", "total_minor": 100, "issued_on": day}
    owed = {"balance_minor": 100, "status": "open"} if number < 5 else {"balance_minor": 0, "status": "paid"}
    done: dict[type, dict[str, Any]] = {
        Invoice: {**shared, **money, **owed, "due_on": day},
        Quote: {**shared, **money, "status": "sent", "expires_on": day + timedelta(3)},
        Recommendation: {**own, "visit_id": row_id, "external_id": "1", "title": "Filter", "currency": "GBP"},
    }
    return {
        Job: {**shared, "title": f"Job {number}", "opened_at": start},
        Visit: {**shared, "job_id": row_id, "status": status, "sort_at": start, "window_start": start},
        Link: {"visit_id": row_id, "technician_id": technician_id},
        **{table: {} if to_come else row for table, row in done.items()},
    }


@pytest.fixture
def histories(database_file) -> dict[int, tuple[int, int, int]]:
    """Customers with few and with many jobs in one analysed-by-nobody database."""
    add_connection(NOW)
    return {jobs: write_history(jobs, customer_id) for customer_id, jobs in enumerate((FEW, MANY), start=1)}


@contextmanager
def watched() -> Iterator[tuple[list[tuple[str, Any]], list[int], Session]]:
    """Open a reading session; gives what it executes and, in a list of one, SQLite's steps in hundreds."""
    statements: list[tuple[str, Any]] = []
    steps = [0]

    def note(_connection, _cursor, statement, parameters, _context, _many) -> None:
        if statement != "BEGIN":
            statements.append((statement, parameters))

    def count() -> int:
        steps[0] += 1
        return 0

    event.listen(database.get_engine(), "before_cursor_execute", note)
    try:
        with database.reading() as session:
            raw: Any = session.connection().connection.driver_connection
            raw.set_progress_handler(count, 10)
            yield statements, steps, session
            raw.set_progress_handler(None, 0)
    finally:
        event.remove(database.get_engine(), "before_cursor_execute", note)


def cost(customer_id: int, **limits: Any) -> tuple[int, int]:
    """Return (queries, tens of SQLite's steps) of one home page and its next piece of history."""
    with watched() as (statements, steps, session):
        home = dashboard.home(session, contact(customer_id, **limits), LONDON, now=NOW)
        queries = len(statements)
        assert len(home.history.entries) == 10
        assert len(home.coming) > 4
        timeline.page(session, contact(customer_id, **limits), LONDON, now=NOW, cursor=home.history.next_cursor)
        return queries, steps[0]


def test_a_hundred_times_the_history_costs_the_same(histories):
    few, many = cost(histories[FEW][0]), cost(histories[MANY][0])
    assert few[0] == many[0] <= 10
    assert many[1] <= few[1] * 1.2, f"{few[1]} against {many[1]}"


def test_somebody_limited_to_two_properties_of_three_costs_the_same(histories):
    limited = {jobs: cost(row, locations=frozenset(places)) for jobs, (row, *places) in histories.items()}
    assert limited[FEW][0] == limited[MANY][0] <= 10
    assert limited[MANY][1] <= limited[FEW][1] * 1.2


@pytest.mark.parametrize("limited", [False, True])
def test_every_query_of_the_page_is_served_by_an_index(histories, limited):
    customer_id, *places = histories[MANY]
    actor = contact(customer_id, locations=frozenset(places) if limited else None)
    with watched() as (statements, _, session):
        home = dashboard.home(session, actor, LONDON, now=NOW)
        timeline.page(session, actor, LONDON, now=NOW, cursor=home.history.next_cursor)
        wanted = list(statements)
        raw: Any = session.connection().connection.driver_connection
        plans = {sql: raw.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall() for sql, values in wanted}
    assert len(plans) >= 10
    for sql, plan in plans.items():
        steps = [row[3] for row in plan]
        assert not _refused(sql, steps), f"{_refused(sql, steps)}\n{sql}\n" + "\n".join(steps)


def _refused(sql: str, steps: list[str]) -> list[str]:
    tables = set(re.findall(r"(?:FROM|JOIN) ([a-z_]+)", sql)) - SMALL_TABLES
    bad = [step for step in steps if step.startswith("SCAN") and step.split()[1] in tables]
    return bad + [step for step in steps if "TEMP B-TREE" in step and step not in SORTS_ALLOWED]


def test_a_statement_without_an_index_would_be_noticed(histories):
    with database.reading() as session:
        raw: Any = session.connection().connection.driver_connection
        sql = "SELECT id FROM invoice WHERE title = 'x' ORDER BY total_minor"
        steps = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {sql}")]
    assert len(_refused(sql, steps)) == 2


def test_a_customer_without_anything_costs_no_more(database_file):
    customer_id = save(Customer(name="New"))
    with watched() as (statements, _, session):
        home = dashboard.home(session, contact(customer_id), LONDON, now=NOW)
        assert len(statements) <= 10
    assert home.card is None
    assert (home.coming, home.owed, home.quotes, home.advice, home.history.entries) == ((), (), (), (), ())
