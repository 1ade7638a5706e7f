"""Jobs and invoices are found by the beginnings of their words, whatever the order, and nobody else may look."""

import random
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select

from portal_app import clock, database
from portal_app.errors import NotAllowed
from portal_app.models import Customer, Invoice, Job, RecordWord
from portal_app.services import record_index, record_search
from portal_app.services.actors import Staff
from portal_app.services.customer_words import split
from portal_app.services.record_index import KINDS
from portal_app.services.record_search import Hit
from portal_app.workflows import customer_words
from tests.services import people
from tests.services.records import TODAY, add_invoice, at, save
from tests.services.test_query_plans import refusals, run

TITLES = ["Annual boiler service", "Boiler repair", "Leak under the sink", "Façade café lights", "Service plan"]


@pytest.fixture(autouse=True)
def business(database_file) -> None:
    people.make_business()


@pytest.fixture
def ruth() -> Staff:
    actor = people.actor_of(people.start_session(people.make_staff("ruth@example.com")))
    assert isinstance(actor, Staff)
    return actor


def customer() -> int:
    return people.make_customer("sarah@example.com").customer_id or 0


def add_job(customer_id: int, number: str, title: str, day: int = 0, **fields: Any) -> int:
    return save(Job(customer_id=customer_id, number=number, title=title, opened_at=at(9, days=day), **fields))


async def index() -> int:
    return await customer_words.write_missing_records()


def find(actor: Staff, kind: str, typed: str, limit: int = 5) -> tuple[Hit, ...]:
    with database.reading() as session:
        return record_search.find(session, actor, kind, typed, limit=limit)


async def test_an_invoice_by_its_number_however_it_is_typed(ruth: Staff):
    who = customer()
    add_invoice(who, "INV-2291")
    add_invoice(who, "INV-2300")
    assert await index() == 2
    for typed in ("INV-2291", "inv2291", "2291", "22 91".replace(" ", ""), "inv 229", "invoice 2291", " 2291 "):
        assert [hit.number for hit in find(ruth, "invoice", typed)] == ["INV-2291"], typed
    assert {hit.number for hit in find(ruth, "invoice", "inv")} == {"INV-2291", "INV-2300"}
    for typed in ("", " ", "2292", "291", "%", "_", "' or 1=1 --", "invoice", "\x00", "🦊"):
        assert find(ruth, "invoice", typed) == (), typed


async def test_a_job_by_number_or_title_and_whose_it_is(ruth: Staff):
    who = customer()
    row = add_job(who, "J-100", "Façade café lights", status="completed")
    add_invoice(who, "J-100", title="Façade")
    await index()
    (hit,) = find(ruth, "job", "facade lig")
    with database.reading() as session:
        job, owner = session.get_one(Job, row), session.get_one(Customer, who)
        assert hit == Hit(job.public_id, "J-100", job.title, "completed", job.opened_at, owner.name, owner.public_id)
    assert find(ruth, "job", "j100") == (hit,)
    # An invoice is found by its number only: its title is its job's.
    assert find(ruth, "invoice", "facade") == ()


async def test_the_newest_come_first_and_no_more_than_asked_for(ruth: Staff):
    who = customer()
    for day in range(12):
        add_job(who, f"{day}", "Boiler service", day)
    add_job(who, "99", "Boilers", 40)
    await index()
    assert [hit.number for hit in find(ruth, "job", "boiler")] == ["11", "10", "9", "8", "7"]
    assert find(ruth, "job", "boilers")[0].number == "99"


async def test_what_is_deleted_is_not_found(ruth: Staff):
    who = customer()
    gone = add_job(who, "1", "Boiler service")
    add_job(who, "2", "Boiler repair")
    await index()
    people.change(Job, gone, deleted_at=clock.now())
    assert [hit.number for hit in find(ruth, "job", "boiler")] == ["2"]
    people.change(Customer, who, deleted_at=clock.now())
    assert find(ruth, "job", "boiler") == ()


async def test_only_staff_who_may_see_customers_look(ruth: Staff):
    add_job(customer(), "1", "Boiler service")
    await index()
    nobody = replace(ruth, permissions=frozenset())
    with pytest.raises(NotAllowed):
        find(nobody, "job", "boiler")
    with pytest.raises(NotAllowed):
        find(nobody, "invoice", "")


async def test_as_a_plain_look_at_every_record_finds(ruth: Staff):
    who, chance = customer(), random.Random(7)
    jobs = {}
    for number in range(60):
        title = f"{chance.choice(TITLES)} {chance.choice(['', 'again', 'upstairs'])}".strip()
        jobs[f"A{number}"] = title
        add_job(who, f"A{number}", title, chance.randrange(30))
    await index()
    assert await index() == 0
    for _ in range(120):
        words = [word for number, title in jobs.items() for word in [*split(number), *split(title)]]
        terms = [chance.choice(words)[: chance.randint(1, 6)] for _ in range(chance.randint(1, 3))]
        wanted = {
            number
            for number, title in jobs.items()
            if all(any(word.startswith(term) for word in [*split(number), *split(title)]) for term in terms)
        }
        found = {hit.number for hit in find(ruth, "job", " ".join(terms), limit=60)}
        assert found == wanted, terms


async def test_words_follow_what_a_record_is_called_now(ruth: Staff):
    row = add_job(customer(), "1", "Boiler service")
    await index()
    with database.transaction() as session:
        record_index.write(session, "job", {row: {"number": "1", "title": "Leak", "opened_at": at(9)}})
    assert find(ruth, "job", "boiler") == ()
    assert [hit.public_id for hit in find(ruth, "job", "leak 1")] != []


async def test_a_record_of_many_words_costs_no_more(ruth: Staff):
    row = add_job(customer(), "N" * 60, " ".join(f"word{number}" for number in range(42))[:300])
    await index()
    with database.reading() as session:
        kept = session.exec(select(RecordWord).where(RecordWord.record_id == row)).all()
    assert len(kept) <= record_index.MOST_WORDS
    assert find(ruth, "job", "x" * 4000) == ()
    assert find(ruth, "job", "word1 " * 500) != ()


async def test_an_index_serves_it(ruth: Staff):
    who = customer()
    for number in range(5):
        add_job(who, f"{number}", "Boiler service")
        add_invoice(who, f"INV-{number}", issued_on=TODAY)
    await index()
    for kind in KINDS:
        for typed in ("boiler", "inv", "boiler service 3", "inv 3", "nothing"):
            statements = run(lambda session, kind=kind, typed=typed: record_search.find(session, ruth, kind, typed))
            assert [refusal for refusal in refusals(statements) if "SCAN first" not in refusal] == []
            assert len(statements) <= 5


def test_an_invoice_without_a_day_is_kept():
    add_invoice(customer(), "7", issued_on=None)
    with database.transaction() as session:
        assert len(record_index.write_missing(session, "invoice", 0)) == 1
    with database.reading() as session:
        (invoice,) = session.exec(select(Invoice)).all()
        assert session.exec(select(RecordWord.record_id)).all() == [invoice.id]
