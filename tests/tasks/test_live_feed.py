"""News reaches every open page, whatever another page is busy with; what they all read is read once."""

import asyncio
from datetime import timedelta
from typing import Any

from reflex.istate.manager.token import BaseStateToken
from sqlalchemy import event

from portal_app import clock, database
from portal_app.gate import presences
from portal_app.models import Job, Visit
from portal_app.pages.job.state import JobState
from portal_app.services import activity
from portal_app.services.actors import System
from portal_app.tasks import live
from tests.reflex_app import the_app
from tests.services import people
from tests.services.people import Person
from tests.services.records import add_connection


def add_job(person: Person) -> str:
    with database.transaction() as session:
        row = Job(customer_id=person.customer_id or 0, title="Old boiler", opened_at=clock.now())
        session.add(row)
        session.flush()
        return row.public_id


def rename(person: Person, title: str) -> None:
    with database.transaction() as session:
        job = session.get_one(Job, 1)
        job.title = title
        activity.record(
            session, System("crm_poll"), "job.changed", customer_id=person.customer_id, subject=("job", job.id)
        )


def open_page(person: Person, number: int) -> str:
    cookie = people.start_session(person)
    actor = people.actor_of(cookie)
    token = f"page-of-a-job-{number}"
    presences.note(token, f"sid-{number}", cookie, actor)
    page = presences.get(token)
    assert page is not None
    page.states.add(JobState)
    return token


def state_of(token: str):
    return the_app().state_manager.modify_state(BaseStateToken(ident=token, cls=JobState))


async def show(token: str, job: str) -> None:
    async with state_of(token) as root:
        state = await root.get_state(JobState)
        state._public_id = job


async def title_on(token: str) -> str:
    async with state_of(token) as root:
        return (await root.get_state(JobState)).job.title


async def test_a_busy_page_keeps_no_other_waiting_and_gets_the_news_after(database_file, monkeypatch):
    monkeypatch.setattr(live, "LONGEST_WAIT", 0.2)
    person = people.make_customer("ann@example.com")
    job = add_job(person)
    busy, other = open_page(person, 1), open_page(person, 2)
    try:
        for token in (busy, other):
            await show(token, job)
        feed = live.LiveFeed(the_app())
        feed._tail.start()
        async with state_of(busy):
            for title in ("New boiler", "Newer boiler", "Newest boiler"):
                rename(person, title)
                await asyncio.wait_for(feed.one_pass(), 10)
                assert await title_on(other) == title
            assert len(feed._under_way) == 1
        await asyncio.wait(feed._under_way, timeout=10)
        assert await title_on(busy) == "Newest boiler"
    finally:
        for token in (busy, other):
            presences.forget(token)


async def test_pages_that_age_wait_once_and_keep_no_news_back(database_file, monkeypatch):
    monkeypatch.setattr(live, "LONGEST_WAIT", 0.2)
    monkeypatch.setattr(live, "PARALLEL", 1)
    ticks: list[Any] = []

    async def note(_page: Any, _actor: Any, as_of: Any) -> None:
        ticks.append(as_of)

    monkeypatch.setattr(JobState, "_tick", note)
    ann, bob = people.make_customer("ann@example.com"), people.make_customer("bob@example.com")
    job = add_job(bob)
    busy, other = open_page(ann, 21), open_page(bob, 22)
    try:
        await show(other, job)
        feed = live.LiveFeed(the_app())
        feed._tail.start()
        heard = [clock.now() + timedelta(minutes=n) for n in range(3)]
        async with state_of(busy):
            for as_of in heard:
                monkeypatch.setattr(live, "_facts", lambda ids, as_of=as_of: (as_of, ids))
                feed._pulse_at = 0.0
                await asyncio.wait_for(feed.one_pass(), 10)
            assert len(feed._under_way) == len(feed._aging) == 2
            monkeypatch.setattr(live, "LONGEST_WAIT", 5.0)
            rename(bob, "New boiler")
            await asyncio.wait_for(feed.one_pass(), 10)
            assert await title_on(other) == "New boiler"
            assert ticks == []
        await asyncio.wait(feed._under_way, timeout=10)
        assert (ticks, feed._aging) == ([heard[-1]] * 2, set())
    finally:
        for token in (busy, other):
            presences.forget(token)


async def test_a_silent_crm_is_told_on_an_open_page(database_file, monkeypatch):
    people.make_business()
    start = clock.now().replace(hour=12, minute=0, second=0, microsecond=0)
    monkeypatch.setattr(clock, "now", lambda: start)
    add_connection(start)
    person = people.make_customer("ann@example.com")
    job = add_job(person)
    with database.transaction() as session:
        planned: dict[str, Any] = {"window_start": start, "window_end": start + timedelta(hours=2), "sort_at": start}
        told: dict[str, Any] = {"eta_at": start + timedelta(minutes=30), "eta_told_at": start - timedelta(minutes=10)}
        session.add(Visit(job_id=1, customer_id=person.customer_id or 0, status="scheduled", **planned, **told))
    token = open_page(person, 9)
    try:
        await show(token, job)
        feed = live.LiveFeed(the_app())
        feed._tail.start()
        rename(person, "New boiler")
        await feed.one_pass()
        said = {}
        for minutes in (0, 60):
            monkeypatch.setattr(clock, "now", lambda minutes=minutes: start + timedelta(minutes=minutes))
            feed._pulse_at = 0.0
            await feed.one_pass()
            async with state_of(token) as root:
                said[minutes] = (await root.get_state(JobState)).job.fresh
        assert "now likely" in said[0]
        assert "was likely" in said[60]
        assert "last heard from the office's system at 12:00" in said[60].replace("’", "'")
    finally:
        presences.forget(token)


async def test_open_pages_of_one_job_read_it_once_for_each_contact(database_file):
    person, somebody = people.make_customer("ann@example.com"), people.make_customer("ben@example.com")
    job = add_job(person)
    pages = [*(open_page(person, number) for number in range(1, 6)), open_page(somebody, 6)]
    read: list[str] = []

    def note(_connection, _cursor, statement, *_more):
        if "FROM job" in statement and "job.public_id = " in statement:
            read.append(statement)

    event.listen(database.get_engine(), "before_cursor_execute", note)
    try:
        for token in pages:
            await show(token, job)
        feed = live.LiveFeed(the_app())
        feed._tail.start()
        rename(person, "New boiler")
        rename(somebody, "New boiler")
        await feed.one_pass()
        assert [await title_on(token) for token in pages] == ["New boiler"] * 5 + [""]
        assert len(read) == 2
        rename(person, "Newer boiler")
        await feed.one_pass()
        assert [await title_on(token) for token in pages] == ["Newer boiler"] * 5 + [""]
    finally:
        event.remove(database.get_engine(), "before_cursor_execute", note)
        for token in pages:
            presences.forget(token)
