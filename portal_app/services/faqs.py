"""Questions customers ask and the office's answers, in the office's order."""

from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from portal_app.errors import Invalid, NotAllowed, NotFound
from portal_app.integrations import rich_text
from portal_app.models import Faq
from portal_app.services import activity
from portal_app.services.access import require_office
from portal_app.services.actors import Actor, Customer
from portal_app.services.form_fields import length_problem, line, refuse_if
from portal_app.services.rights import Permission

MOST_FAQS = 60
LONGEST_QUESTION = 200
LONGEST_ANSWER = 4000


@dataclass(frozen=True, slots=True)
class Answered:
    """A question with its answer: `html` is safe to show, `words` are the answer's words alone, in lower case."""

    public_id: str
    question: str
    html: str
    words: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A question as the office keeps it; `answer` is Markdown."""

    public_id: str
    question: str
    answer: str
    shown: bool


def read(session: Session, actor: Actor) -> list[Answered]:
    """Return what customers may read, in order."""
    if not isinstance(actor, Customer):
        raise NotAllowed
    shown = session.exec(select(Faq).where(col(Faq.shown)).order_by(col(Faq.position), col(Faq.id)))
    return [
        Answered(faq.public_id, faq.question, rich_text.as_html(faq.answer), rich_text.as_words(faq.answer).lower())
        for faq in shown
    ]


def matching(answered: list[Answered], typed: str) -> list[Answered]:
    """Return those in which every typed word, or the beginning of one, stands in the question or its answer."""
    words = line(typed).lower().split()
    return [one for one in answered if all(word in f"{one.question.lower()} {one.words}" for word in words)]


def entries(session: Session, actor: Actor) -> list[Entry]:
    """Return all questions in order, for the office."""
    require_office(actor, Permission.CHANGE_SETTINGS)
    return [Entry(faq.public_id, faq.question, faq.answer, faq.shown) for faq in _in_order(session)]


def save(session: Session, actor: Actor, public_id: str, question: str, answer: str) -> str:
    """Change a question, or add one at the end when `public_id` is empty; returns its public id.

    FormRefused has a sentence at each field that cannot be used; NotFound when somebody else removed it meanwhile.
    """
    require_office(actor, Permission.CHANGE_SETTINGS)
    question, answer = line(question), answer.replace("\r\n", "\n").strip()
    refuse_if(
        {
            "question": length_problem(question, LONGEST_QUESTION) if question else "The question is missing.",
            "answer": length_problem(answer, LONGEST_ANSWER) if answer else "The answer is missing.",
        }
    )
    if public_id:
        faq = _find(session, public_id)
        if (faq.question, faq.answer) == (question, answer):
            return public_id
        faq.question, faq.answer = question, answer
        _record(session, actor, "business.faq_changed", faq)
        return public_id
    last, count = session.exec(select(func.max(Faq.position), func.count())).one()
    if count >= MOST_FAQS:
        raise Invalid(f"There are {MOST_FAQS} questions already, which is more than anybody reads. Remove one first.")
    faq = Faq(position=(last or 0) + 1, question=question, answer=answer)
    session.add(faq)
    session.flush()
    _record(session, actor, "business.faq_added", faq)
    return faq.public_id


def remove(session: Session, actor: Actor, public_id: str) -> None:
    """Remove a question for good."""
    require_office(actor, Permission.CHANGE_SETTINGS)
    faq = _find(session, public_id)
    _record(session, actor, "business.faq_removed", faq)
    session.delete(faq)
    session.flush()


def show(session: Session, actor: Actor, public_id: str, on: bool) -> None:
    """Show a question to customers, or keep it for later."""
    require_office(actor, Permission.CHANGE_SETTINGS)
    faq = _find(session, public_id)
    if faq.shown != on:
        faq.shown = on
        _record(session, actor, "business.faq_changed", faq)


def move(session: Session, actor: Actor, public_id: str, up: bool) -> None:
    """Move a question one place up or down; at the end of the list nothing happens."""
    require_office(actor, Permission.CHANGE_SETTINGS)
    faq = _find(session, public_id)
    order = _in_order(session)
    at = order.index(faq)
    to = at - 1 if up else at + 1
    if not 0 <= to < len(order):
        return
    order[at], order[to] = order[to], order[at]
    # All of them: two that were added at once may have the same place.
    for position, one in enumerate(order, start=1):
        one.position = position
    _record(session, actor, "business.faq_changed", faq)


def _in_order(session: Session) -> list[Faq]:
    return list(session.exec(select(Faq).order_by(col(Faq.position), col(Faq.id))))


def _find(session: Session, public_id: str) -> Faq:
    found = session.exec(select(Faq).where(Faq.public_id == public_id)).first()
    if found is None:
        raise NotFound("This question is no longer there. Somebody may have removed it.")
    return found


def _record(session: Session, actor: Actor, kind: str, faq: Faq) -> None:
    activity.record(session, actor, kind, subject=("faq", faq.id))
    session.flush()
