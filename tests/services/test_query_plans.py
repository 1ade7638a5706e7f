"""How SQLite answers what runs with every event, every press and every change of access.

The home page's own statements are in `test_dashboard_cost`.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session, select

from portal_app import clock, database
from portal_app.models import (
    Activity,
    Allocation,
    CrmConnection,
    CrmSetAside,
    Invoice,
    Job,
    Location,
    Payment,
    Recommendation,
    SecureLink,
    Series,
    Visit,
)
from portal_app.models import Customer as CustomerRecord
from portal_app.services import (
    activity,
    attempts,
    business,
    crm_connection,
    customer_index,
    customer_list,
    dashboard,
    failed_tries,
    guest_sessions,
    guests,
    invoices,
    jobs,
    ledger,
    papers,
    payable,
    payment_history,
    payment_list,
    series,
    sessions,
    statements,
    timeline,
    visits,
)
from portal_app.services.actors import Customer, Staff
from portal_app.services.rights import Role
from tests.services import guests_at_work, people, work
from tests.services.people import HOME, Person
from tests.services.work import DAY, LONDON, NOW, TODAY

# One row, or one for each stream, role or task; everything else grows with the business.
SMALL = {
    "business",
    "visibility",
    "crm_connection",
    "crm_cursor",
    "staff_member",
    "staff_permission",
    "lease",
    "setup_token",
}
# Sorts of sets that an index has already narrowed down to what is small by nature.
SORTS = {
    "login_session": "the open sessions of one login",
    "invoice": "the unpaid invoices of one customer, added up by currency",
    "allocation": "what a CRM was told of and was not read back yet",
}
Statement = tuple[str, Any]


@pytest.fixture
def filled(database_file) -> Person:
    """A business with a customer of some history; gives their contact."""
    people.make_business()
    person = people.make_customer("sarah@example.com")
    who = person.customer_id or 0
    place = work.add(Location(customer_id=who, label="The mill")).id
    for n in range(timeline.PAGE + 2):
        done = work.visit("completed", NOW - n * DAY, customer_id=who, location_id=place)
        work.add(Recommendation(visit_id=done, customer_id=who, external_id="1", title="Filter"))
        work.invoice(100, TODAY, customer_id=who)
        work.quote(100, TODAY, customer_id=who)
    connection = work.add(CrmConnection(name="crm", base_url="http://crm.example", last_success_at=NOW))
    work.add(CrmSetAside(connection_id=connection.id or 0, stream="visits", external_id="1", reason="No job."))
    work.add(Activity(at=NOW, kind="visit.changed", actor_kind="system", customer_id=who))
    return person


@contextmanager
def watched() -> Iterator[list[Statement]]:
    """Give the statements that this process executes meanwhile."""
    found: list[Statement] = []

    def note(_connection, _cursor, statement, parameters, _context, _many) -> None:
        if not statement.startswith("BEGIN"):
            found.append((statement, parameters))

    event.listen(database.get_engine(), "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(database.get_engine(), "before_cursor_execute", note)


def refusals(statements: list[Statement]) -> list[str]:
    """Return what of these statements reads a growing table whole, or sorts what no index has narrowed down."""
    found = []
    with database.reading() as session:
        for sql, parameters in statements:
            if not re.match(r"\s*(SELECT|UPDATE|DELETE)", sql):
                continue
            rows = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters).all()
            steps = [row[3] for row in rows]
            of_job = any("(job_id=?)" in step for step in steps)
            found += [f"{step}: {sql[:200]}" for step in steps if _is_bad(step, sql, of_job=of_job)]
    return found


def _is_bad(step: str, sql: str, *, of_job: bool) -> bool:
    tables = set(re.findall(r"(?:FROM|JOIN|UPDATE) ([a-z_]+)", sql)) - SMALL
    if step.startswith("SCAN"):
        return step.split()[1] in tables
    first = re.search(r"FROM ([a-z_]+)", sql)
    # What belongs to a page of jobs is found by them, and then put in order.
    return "TEMP B-TREE" in step and not of_job and (first is None or first.group(1) not in SORTS)


def customer_of(token: str) -> Customer:
    actor = people.actor_of(token)
    assert isinstance(actor, Customer)
    return actor


def staff_of(token: str) -> Staff:
    actor = people.actor_of(token)
    assert isinstance(actor, Staff)
    return actor


def run(act: Callable[[Session], Any]) -> list[Statement]:
    """Return what an act executes."""
    with watched() as statements, database.transaction() as session:
        act(session)
    assert statements
    return statements


def test_a_scan_and_a_sort_would_be_noticed(filled):
    found = refusals([("SELECT id FROM visit WHERE work_summary = ''", ())])
    assert len(found) == 1
    assert len(refusals([("SELECT id FROM quote WHERE customer_id = 1 ORDER BY title", ())])) == 1


def test_who_is_calling(filled):
    sarah = people.start_session(filled)
    limited = people.make_customer("limited@example.com", role=Role.VIEWER, all_locations=False)
    people.make_location(limited, "Mine", visible=True)
    ruth = people.start_session(people.make_staff("ruth@example.com"))
    for token in (sarah, ruth, people.start_session(limited), "x" * 43):
        statements = run(lambda session, token=token: sessions.resolve(session, token, HOME))
        assert refusals(statements) == []
        assert len(statements) <= 2
    assert refusals(run(lambda session: sessions.standing(session, [1, 2, 3]))) == []


def test_keeping_and_ending_sessions(filled):
    token = people.start_session(filled)
    other = people.make_customer("other@example.com")
    tokens = [people.start_session(other) for _ in range(4)]
    people.change(sessions.LoginSession, 1, last_seen_at=clock.now() - timedelta(hours=1))
    acts: list[Callable[[Session], Any]] = [
        lambda session: sessions.touch(session, 1),
        lambda session: sessions.live_sessions(session, filled.login_id),
        lambda session: sessions.end_token(session, tokens[0], "test"),
        lambda session: sessions.end_for_login(session, other.login_id, "test", except_session=2),
        lambda session: sessions.end_for_contact(session, filled.contact_id or 0, "test"),
        lambda session: sessions.end_for_customer(session, other.customer_id or 0, "test"),
    ]
    for act in acts:
        assert refusals(run(act)) == []
    assert people.actor_of(token) is None


def test_the_home_page_with_who_is_calling_and_the_next_piece_of_history(filled):
    token = people.start_session(filled)
    actor = customer_of(token)

    def press(session: Session) -> None:
        sessions.resolve(session, token, HOME)
        first = dashboard.home(session, actor, LONDON, now=NOW).history
        following = timeline.page(session, actor, LONDON, now=NOW, cursor=first.next_cursor)
        assert following.entries
        visits.technicians_of(session, following.visit_ids())

    statements = run(press)
    assert refusals(statements) == []
    assert len(statements) <= 16  # 2 for who is calling, 10 for the page, 4 for the next piece


def test_the_offices_view_of_the_crm(filled):
    ruth = staff_of(people.start_session(people.make_staff("ruth@example.com")))
    statements = run(lambda session: crm_connection.overview(session, ruth))
    assert refusals(statements) == []
    assert len(statements) <= 5
    assert "payload" not in " ".join(sql for sql, _ in statements)


def test_an_invoice_sent_to_somebody_else(filled):
    actor = customer_of(people.start_session(filled))
    with database.reading() as session:
        paper = session.exec(select(Invoice.public_id)).first() or ""
    made = guests_at_work.send(actor, paper)
    with database.transaction() as session:
        link = session.exec(select(SecureLink).where(SecureLink.public_id == made)).one()
        token, _ = guest_sessions.begin(session, link, HOME, "")
        guest = guest_sessions.resolve(session, token, made, HOME)
    assert guest is not None
    acts: list[Callable[[Session], Any]] = [
        lambda session: guests.of_invoice(session, actor, paper),
        lambda session: guests.send(session, actor, paper, guests_at_work.ANN),
        lambda session: guest_sessions.resolve(session, token, made, HOME),
        lambda session: guest_sessions.version(session, guest),
        lambda session: papers.invoice(session, guest, paper),
        lambda session: attempts.unsettled_of_guest(session, guest),
        lambda session: guests.revoke(session, actor, paper, made),
    ]
    for act in acts:
        assert refusals(run(act)) == []


def test_what_waits_to_be_read_back(filled):
    with database.reading() as session:
        invoices_there = session.exec(select(Invoice.id)).all()
    paid = work.add(Payment(customer_id=filled.customer_id or 0, **MONEY)).id or 0
    for number, invoice in enumerate(invoices_there):
        facts = {"payment_id": paid, "invoice_id": invoice or 0, "cause": "payment", **AMOUNT}
        work.add(Allocation(**facts, told_at=NOW, booked_at=NOW if number else None))
    with database.transaction() as session:
        session.connection().exec_driver_sql("ANALYZE")
    statements = run(lambda session: ledger.to_read_back(session))
    assert refusals(statements) == []
    assert len(statements) == 1


def test_the_live_feed(filled):
    assert refusals(run(lambda session: activity.since(session, 0))) == []


def _lists(session: Session, actor: Customer, place: str) -> None:
    for location in (None, place):
        for state in ("active", "past"):
            page = jobs.page(session, actor, LONDON, which=state, location=location, limit=3, now=NOW)  # type: ignore[arg-type]
            assert page.entries
            if page.next_cursor:
                jobs.page(session, actor, LONDON, which=state, location=location, cursor=page.next_cursor)  # type: ignore[arg-type]
            jobs.page(session, actor, LONDON, which=state, location=location, outside_plans=True)  # type: ignore[arg-type]
            for search in ("boil mill", "Ü"):
                jobs.page(session, actor, LONDON, which=state, location=location, search=search)  # type: ignore[arg-type]
        plans = series.of_customer(session, actor, LONDON, location=location, now=NOW).plans
        assert plans
        series.of_customer(session, actor, LONDON, location=location, now=NOW, cursor="plans.-.9", limit=1)
        for plan in plans:
            assert series.get(session, actor, LONDON, plan.public_id, now=NOW).past
        for which in ("outstanding", "paid", "all"):
            for search in ("", "inv mill", "Ü 1.00"):
                given: dict[str, Any] = {"which": which, "location": location, "search": search}
                found = invoices.page(session, actor, limit=3, **given)
                assert found.entries or which == "paid" or "Ü" in search
                if found.next_cursor:
                    invoices.page(session, actor, cursor=found.next_cursor, **given)


def _five_of_each(given: dict[str, Any], location: int) -> tuple[str, str]:
    """Write five jobs of each kind with their papers; returns the public ids of an invoice and of its job."""
    ids = ("", "")
    plan = work.add(Series(customer_id=given["customer_id"], location_id=location, title="Plan")).id
    for n in range(5):
        work.visit("completed", NOW - n * DAY, job={"location_id": location, "status": "completed"}, **given)
        work.visit("completed", NOW - n * DAY, job={"location_id": location, "series_id": plan}, **given)
        visit = work.visit("scheduled", NOW + n * DAY, job={"location_id": location}, **given)
        work.add(Recommendation(visit_id=visit, customer_id=given["customer_id"], external_id="1", title="Filter"))
        with database.reading() as session:
            job_id, job = session.exec(
                select(Job.id, Job.public_id).join(Visit, Visit.job_id == Job.id).where(Visit.id == visit)  # type: ignore[arg-type]
            ).one()
        paper = work.invoice(100, TODAY, job_id=job_id, **given)
        work.quote(100, TODAY, job_id=job_id, **given)
        with database.reading() as session:
            ids = session.get_one(Invoice, paper).public_id, job
    return ids


AMOUNT: dict[str, Any] = {"amount_minor": 100}
MONEY: dict[str, Any] = {"currency": "GBP", "method": "card", "status": "succeeded", "paid_at": NOW, **AMOUNT}


def _row_of(invoice: str) -> int:
    with database.reading() as session:
        return session.exec(select(Invoice.id).where(Invoice.public_id == invoice)).one() or 0


def _payments(session: Session, actor: Customer) -> None:
    page = payment_history.page(session, actor, limit=1)
    assert page.entries
    if page.next_cursor:
        assert payment_history.page(session, actor, cursor=page.next_cursor).entries


def test_the_lists_of_jobs_and_invoices_and_one_of_each(filled, monkeypatch):
    # In which locale amounts are typed is known to every process; here it may take longer than that is kept.
    monkeypatch.setattr(business, "LOOK_SECONDS", 600)
    business.forget_look()
    business.look()
    person = people.make_customer("many@example.com")
    limited = people.make_customer("limited@example.com", role=Role.OWNER, all_locations=False)
    for who in (person, limited):
        row = people.make_location(who, "The mill", visible=True)
        with database.reading() as session:
            place = session.get_one(Location, row).public_id
        given = {"customer_id": who.customer_id, "location_id": row}
        paper, job_id = _five_of_each(given, row)
        actor = customer_of(people.start_session(who))
        assert refusals(run(lambda session, actor=actor, place=place: _lists(session, actor, place))) == []
        paid = Payment(customer_id=who.customer_id or 0, **MONEY)
        work.add(Allocation(payment_id=work.add(paid).id or 0, invoice_id=_row_of(paper), cause="payment", **AMOUNT))
        work.add(Payment(customer_id=who.customer_id or 0, **MONEY))
        both = [
            lambda session, actor=actor: _payments(session, actor),
            lambda session, actor=actor, paper=paper: papers.invoice(session, actor, paper),
            lambda session, actor=actor, place=place: statements.get(session, actor, TODAY, TODAY, TODAY, place),
            lambda session, actor=actor, paper=paper: payable.picked(session, actor, [paper, "nonsense"]),
            lambda session, actor=actor: payable.bundles(session, actor, TODAY + DAY),
            lambda session, actor=actor, paper=paper: failed_tries.latest(session, actor, paper),
            lambda session, actor=actor, job_id=job_id: jobs.get(session, actor, LONDON, job_id, now=NOW),
        ]
        for act in both:
            assert refusals(run(act)) == []


@pytest.fixture
def indexed(filled) -> Person:
    """The same customer, found by their words."""
    with database.transaction() as session:
        customer_index.mark_missing(session)
        customer_index.write_due(session)
    return filled


def unbounded(statements: list[Statement]) -> list[str]:
    """Return what the search may not do; a walk or a count of names ends at its limit."""
    walks = ("SCAN customer_entry USING COVERING INDEX", "SCAN customer_entry: SELECT count(*)", "SCAN anon_")
    return [step for step in refusals(statements) if not step.startswith(walks)]


def steps_by_word(statements: list[Statement]) -> set[str]:
    """Return how the words are reached that lead a search, by the statements that read them."""
    found = set()
    with database.reading() as session:
        for sql, parameters in statements:
            if re.search(r"FROM customer_word\b", sql) and "ORDER BY" in sql:
                rows = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters).all()
                found |= {row[3] for row in rows if row[3].split()[1] == "customer_word"}
    return found


WORDS_IN_ORDER = (
    "SEARCH customer_word USING PRIMARY KEY"
    " (leads=? AND (word,sort_name,customer_id)>(?,?,?) AND (word,sort_name,customer_id)<(?,?,?))"
)


@pytest.mark.parametrize("typed", ["", "s", "sarah", "sarah household", "sarah@example.com", "nobody"])
@pytest.mark.parametrize("show", ["all", "never"])
@pytest.mark.parametrize("way", ["", "after", "before"])
def test_the_offices_list_of_customers(indexed, typed, show, way):
    ruth = staff_of(people.start_session(people.make_staff("ruth@example.com")))
    with database.reading() as session:
        at = {way: session.get_one(CustomerRecord, indexed.customer_id).public_id} if way else {}
    statements = run(
        lambda session: customer_list.page(session, ruth, typed=typed, show=show, country="GB", today=TODAY, **at)
    )
    assert unbounded(statements) == []
    assert steps_by_word(statements) == ({WORDS_IN_ORDER} if typed else set())
    assert len(statements) <= 24  # The page before is too short here, so the list starts anew.


@pytest.mark.parametrize("typed", ["", "2290", "sarah £240"])
def test_the_offices_list_of_payments(indexed, typed):
    ruth = staff_of(people.start_session(people.make_staff("ruth@example.com")))
    who = indexed.customer_id or 0
    with database.reading() as session:
        name = session.get_one(CustomerRecord, who).public_id
    paid = {"customer_id": who, "currency": "GBP", "method": "card", "status": "succeeded", "amount_minor": 24000}
    newest = work.add(Payment(**paid, paid_at=NOW)).public_id
    business.look()
    for show in ("all", "decide", "paid", "disputed"):
        for wanted in (
            payment_list.Wanted(show, typed),
            payment_list.Wanted(show, typed, customer=name),
            payment_list.Wanted(show, typed, TODAY, TODAY),
        ):
            for after in ("", newest):
                listing = run(lambda session, at=after, what=wanted: payment_list.listed(session, ruth, what, at))
                assert refusals(listing) == []
    assert refusals(run(lambda session: payment_list.customer_name(session, ruth, name))) == []


def test_writing_the_words_of_some_customers(indexed):
    statements = run(lambda session: customer_index.write(session, [indexed.customer_id or 0]))
    assert refusals(statements) == []
