"""Hiding a job, quote or invoice: who may, what is written, and what stands in no list any more, in each database."""

from typing import Any

import pytest
from sqlalchemy import MetaData
from sqlalchemy import Table as RowsTable
from sqlmodel import select

from alembic import command
from portal_app import clock, database
from portal_app.errors import Invalid, NotAllowed, NotFound
from portal_app.models import Activity, Customer, File, Invoice, Job, Quote, Visit
from portal_app.money import Money
from portal_app.services import customer_profile as profile
from portal_app.services import files, invoices, jobs, owed, record_visibility, series, technicians, timeline, visits
from portal_app.services.rights import Role, StaffRole
from tests.rights.world import World, make_world
from tests.services import people, work
from tests.services.test_query_plans import refusals, run
from tests.services.work import LONDON, NOW

TABLES: dict[str, Any] = {"job": Job, "quote": Quote, "invoice": Invoice}
BEFORE = "7e41c9b2a5d8"


@pytest.fixture
def world(each_database: str) -> World:
    """A customer with one of everything, in each database."""
    return make_world()


def office(role: StaffRole = StaffRole.OWNER) -> Any:
    return people.actor_of(people.start_session(people.make_staff(f"{role}@office.example", role)))


def of_person(world: World) -> Any:
    return people.actor_of(people.start_session(world.person))


def public_id(kind: str) -> str:
    with database.reading() as session:
        return session.exec(select(TABLES[kind].public_id)).one()


def household(world: World) -> str:
    with database.reading() as session:
        return session.get_one(Customer, world.person.customer_id).public_id


def hide(actor: Any, customer: str, kind: str, record: str) -> record_visibility.Decided:
    with database.transaction() as session:
        return record_visibility.hide(session, actor, customer, kind, record)


def show(actor: Any, customer: str, kind: str, record: str) -> record_visibility.Decided:
    with database.transaction() as session:
        return record_visibility.show(session, actor, customer, kind, record)


def noted() -> list[tuple[str, str, dict[str, Any]]]:
    with database.reading() as session:
        statement = select(Activity).where(Activity.kind.startswith("record."))  # type: ignore[attr-defined]
        return [(row.kind, row.subject_kind, row.facts) for row in session.exec(statement)]


@pytest.mark.parametrize("kind", TABLES)
def test_it_works(world: World, kind: str):
    ruth, customer, record = office(), household(world), public_id(kind)
    decided = hide(ruth, customer, kind, record)
    assert (decided.what, decided.hidden) == (kind, True)
    assert decided.owed == (Money(31819, "GBP") if kind == "invoice" else None)
    assert hide(ruth, customer, kind, record) == decided
    assert not show(ruth, customer, kind, record).hidden
    show(ruth, customer, kind, record)
    assert noted() == [("record.hidden", kind, {"what": kind}), ("record.shown", kind, {"what": kind})]


def test_nothing_of_a_hidden_job_is_listed_and_all_of_it_to_the_office(world: World):
    ruth, actor = office(), of_person(world)
    hide(ruth, household(world), "job", world.job)
    with database.reading() as session:
        of = profile.head(session, ruth, household(world))
        found = {
            who.sees_hidden: (
                len(jobs.page(session, who, LONDON, which="active").entries),
                len(visits.around_now(session, who, clock.now(), clock.now()).visits),
                len(timeline.page(session, who, LONDON).entries),
                len(files.page(session, who, "photo").entries),
                series.get(session, who, LONDON, world.plan).plan.done,
                invoices.get(session, who, world.invoice).job is not None,
            )
            for who in (actor, profile.reader(of.id))
        }
        with pytest.raises(NotFound):
            technicians.photo_hash(session, actor, world.photo)
        assert technicians.photo_hash(session, ruth, world.photo) == "0" * 64
    assert found[False] == (0, 0, 2, 0, 0, False)
    assert found[True][0] == 1
    assert found[True][3:] == (1, 1, True)


def test_a_file_that_names_only_its_visit_goes_with_the_job(world: World):
    ruth, actor = office(), of_person(world)
    with database.transaction() as session:
        visit = session.exec(select(Visit)).first()
        for row in session.exec(select(File)):
            row.job_id, row.visit_id = None, visit.id if visit else None
            session.add(row)
    with database.reading() as session:
        assert len(files.page(session, actor, "photo").entries) == 1
    hide(ruth, household(world), "job", world.job)
    with database.reading() as session:
        assert files.page(session, actor, "photo").entries == ()
        assert all(_refused(session, actor, one) for one in world.files)
        assert not any(_refused(session, ruth, one) for one in world.files)


def _refused(session: Any, actor: Any, file: str) -> bool:
    try:
        files.get(session, actor, file, "large")
    except NotFound:
        return True
    return False


def test_what_is_owed_is_no_longer_asked_for(world: World):
    ruth, actor = office(), of_person(world)
    hide(ruth, household(world), "invoice", world.invoice)
    with database.reading() as session:
        of = profile.head(session, ruth, household(world))
        assert owed.owed(session, actor, clock.today(LONDON)) == []
        assert profile.balance(session, ruth, of, LONDON)[0].total == Money(31819, "GBP")


@pytest.mark.parametrize("act", [hide, show])
def test_who_may_not_edit_customers_decides_nothing(world: World, act: Any):
    viewer = people.make_customer("zoe@example.com", role=Role.OWNER)
    actors = [of_person(world), people.actor_of(people.start_session(viewer)), office(StaffRole.READER)]
    for actor in actors:
        for kind in TABLES:
            with pytest.raises(NotAllowed):
                act(actor, household(world), kind, public_id(kind))
    assert noted() == []


def test_what_is_not_there_or_somebody_else_s_cannot_be_hidden(world: World):
    ruth = office()
    other = people.make_customer("other@example.com")
    with database.reading() as session:
        theirs = session.get_one(Customer, other.customer_id).public_id
    for customer, kind, record in (
        (theirs, "job", world.job),
        (household(world), "job", world.invoice),
        (household(world), "invoice", "nobody12345"),
        ("nobody12345", "job", world.job),
    ):
        with pytest.raises(NotFound):
            hide(ruth, customer, kind, record)
    for kind in ("visit", "customer", "", "Job"):
        with pytest.raises(Invalid):
            hide(ruth, household(world), kind, world.job)
    people.change(Invoice, 1, deleted_at=clock.now())
    with pytest.raises(NotFound):
        hide(ruth, household(world), "invoice", world.invoice)
    assert noted() == []


def test_which_jobs_are_hidden_is_read_from_their_own_index(database_file):
    people.make_business()
    person = people.make_customer("sarah@example.com")
    for n in range(4):
        work.visit("completed", NOW, customer_id=person.customer_id or 0)
        work.visit("scheduled", NOW, customer_id=person.customer_id or 0)
        if n == 0:
            people.change(Job, 1, hidden_at=NOW)
    actor: Any = people.actor_of(people.start_session(person))
    statements = run(lambda session: visits.around_now(session, actor, NOW, NOW))
    statements += run(lambda session: timeline.page(session, actor, LONDON, now=NOW))
    assert refusals(statements) == []
    asked = [one for one in statements if "hidden_job" in one[0]]
    assert asked
    with database.reading() as session:
        for sql, given in asked:
            plan = [row[3] for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given)]
            steps = [step for step in plan if "hidden_job" in step]
            assert steps
            assert all("ix_job_hidden" in step for step in steps)


def _write_before(table: str) -> None:
    """Write one row of a table as it stands in the database now, whatever its columns need."""
    with database.transaction() as session:
        there = RowsTable(table, MetaData(), autoload_with=session.connection(), resolve_fks=False)
        given = {column.name: _something(column) for column in there.columns if not column.nullable}
        session.connection().execute(there.insert().values(**given))


def _something(column: Any) -> Any:
    if column.name.endswith("_at"):
        return NOW.replace(tzinfo=None)
    return {str: column.name[:3], int: 1, bool: True}.get(column.type.python_type, {})


def test_a_database_of_before_keeps_its_records_and_shows_them(portal_env):
    command.upgrade(database._alembic(), BEFORE)
    for table in ("customer", "job", "quote", "invoice"):
        _write_before(table)
    database.migrate()
    with database.reading() as session:
        for table in TABLES.values():
            assert [(row.public_id, row.customer_id, row.hidden_at) for row in session.exec(select(table))] == [
                ("pub", 1, None)
            ]
