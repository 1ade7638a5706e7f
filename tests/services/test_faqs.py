"""Questions and answers: kept in order by the office, read and searched by customers."""

from collections.abc import Callable

import pytest
from sqlmodel import Session

from portal_app import database
from portal_app.errors import Invalid, NotAllowed, NotFound
from portal_app.models import Faq
from portal_app.services import business, faqs
from portal_app.services.actors import Actor, Customer, Staff, System, Visitor
from portal_app.services.form_fields import FormRefused
from portal_app.services.rights import Permission
from tests.services import people

pytestmark = pytest.mark.usefixtures("database_file")
Act = Callable[[Session, Actor], object]
OFFICE = System("test")
READER = Customer(1, 1, 1, 1, "Sarah", frozenset())


@pytest.fixture(autouse=True)
def _business(database_file) -> None:
    people.make_business()
    business.forget_look()


def add(question: str, answer: str = "Yes.") -> str:
    with database.transaction() as session:
        return faqs.save(session, OFFICE, "", question, answer)


def act(service, *given) -> None:
    with database.transaction() as session:
        service(session, OFFICE, *given)


def read() -> list[str]:
    with database.reading() as session:
        return [one.question for one in faqs.read(session, READER)]


def test_they_are_read_in_the_offices_order():
    one, two, three = add("One?"), add("Two?"), add("Three?")
    assert read() == ["One?", "Two?", "Three?"]
    act(faqs.move, three, True)
    act(faqs.move, one, False)
    assert read() == ["Three?", "One?", "Two?"]
    act(faqs.move, three, True)
    act(faqs.move, two, False)
    assert read() == ["Three?", "One?", "Two?"]
    act(faqs.show, one, False)
    assert read() == ["Three?", "Two?"]
    act(faqs.remove, three)
    act(faqs.save, two, "  Two,\u200b again?\n", "Yes,\r\nreally.")
    act(faqs.show, one, True)
    assert read() == ["One?", "Two, again?"]
    with database.reading() as session:
        assert [entry.answer for entry in faqs.entries(session, OFFICE)] == ["Yes.", "Yes,\nreally."]
    assert add("Four?")
    assert read()[-1] == "Four?"


def test_two_that_were_added_at_once_can_be_put_in_order():
    with database.transaction() as session:
        session.add_all([Faq(position=1, question="A?", answer="a"), Faq(position=1, question="B?", answer="b")])
    with database.reading() as session:
        second = faqs.entries(session, OFFICE)[1].public_id
    act(faqs.move, second, True)
    assert read() == ["B?", "A?"]


def test_the_look_says_whether_there_are_any():
    assert business.look().questions is False
    one = add("One?")
    business.forget_look()
    assert business.look().questions is True
    act(faqs.show, one, False)
    business.forget_look()
    assert business.look().questions is False


@pytest.mark.parametrize(
    ("question", "answer", "wrong"),
    [
        ("", "Yes.", {"question"}),
        ("\u200b \n", "Yes.", {"question"}),
        ("One?", " \n ", {"answer"}),
        ("x" * 201, "y" * 4001, {"question", "answer"}),
    ],
)
def test_what_cannot_be_used_is_said_and_nothing_is_stored(question: str, answer: str, wrong: set[str]):
    with database.transaction() as session, pytest.raises(FormRefused) as refusal:
        faqs.save(session, OFFICE, "", question, answer)
    assert set(refusal.value.fields) == wrong
    assert read() == []


def test_there_is_an_end_to_them():
    with database.transaction() as session:
        session.add_all([Faq(position=at, question="Q?", answer="a") for at in range(faqs.MOST_FAQS)])
    with pytest.raises(Invalid, match="60 questions"):
        add("One more?")


def test_what_is_gone_says_so():
    one = add("One?")
    act(faqs.remove, one)
    acts: list[Act] = [
        lambda session, actor: faqs.remove(session, actor, one),
        lambda session, actor: faqs.move(session, actor, one, True),
        lambda session, actor: faqs.show(session, actor, one, True),
        lambda session, actor: faqs.save(session, actor, one, "Q?", "a"),
    ]
    for service in acts:
        with database.transaction() as session, pytest.raises(NotFound, match="no longer there"):
            service(session, OFFICE)


def test_a_search_looks_at_questions_and_the_words_of_answers():
    add("My boiler has lost PRESSURE", "Open the **filling loop**; see [this](https://gauge.example).")
    add("How can I pay?", "By bank details. Ärger vermeiden.")
    with database.reading() as session:
        answered = faqs.read(session, READER)
    for typed, found in (("", 2), ("  ", 2), ("pressure", 1), ("fill LOOP", 1), ("bank boiler", 0), ("ärger", 1)):
        assert len(faqs.matching(answered, typed)) == found, typed
    assert faqs.matching(answered, "strong") == []
    assert faqs.matching(answered, "gauge.example") == []


def test_only_customers_read_and_only_those_who_may_change_settings_write():
    one = add("One?")
    clerk = Staff(1, 1, 1, "Clerk", "office", frozenset(Permission) - {Permission.CHANGE_SETTINGS})
    acts: list[Act] = [
        faqs.entries,
        lambda session, actor: faqs.save(session, actor, "", "Q?", "a"),
        lambda session, actor: faqs.save(session, actor, one, "Q?", "a"),
        lambda session, actor: faqs.remove(session, actor, one),
        lambda session, actor: faqs.show(session, actor, one, False),
        lambda session, actor: faqs.move(session, actor, one, True),
    ]
    readers: tuple[Actor, ...] = (Visitor(), clerk, READER)
    with database.transaction() as session:
        for actor in readers:
            for service in acts:
                with pytest.raises(NotAllowed):
                    service(session, actor)
        for actor in readers[:2]:
            with pytest.raises(NotAllowed):
                faqs.read(session, actor)
    assert read() == ["One?"]
