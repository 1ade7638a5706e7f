"""Finding what stands in a customer's history by words.

Each term must stand in an entry: in the title or number of its job or paper, in what was done, in what was advised
then, in a caption or a file's name, or in the property; only what the reader may see counts. The history is walked
along its own indexes and each entry is asked, as invoices are (`invoice_search`): a search pages as the history does
and never looks at another customer.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, func, or_
from sqlmodel import Session, col

from portal_app.models import File, Invoice, Job, Quote, Recommendation, Visit
from portal_app.services import invoice_search, reach
from portal_app.services.actors import Customer
from portal_app.services.business import look
from portal_app.services.customer_words import fold

LONGEST = invoice_search.LONGEST
_JOB = col(Job.title) + "\n" + col(Job.number)
_VISIT = _JOB + "\n" + col(Visit.work_summary)
_FILE = col(File.caption) + "\n" + col(File.name)
_ADVICE = col(Recommendation.title) + "\n" + col(Recommendation.detail)


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for: how many terms, how many spellings each is tried in, and the values of the conditions."""

    terms: int = 0
    spellings: int = 1
    values: tuple[tuple[str, Any], ...] = ()


def sought(session: Session, actor: Customer, typed: str) -> Sought:
    """Return what somebody asks for by their words; nothing for none."""
    terms = invoice_search.terms_of(typed, look().locale) if typed.strip() else []
    if not terms:
        return Sought()
    # SQLite only knows the capitals of A to Z.
    spellings = 1 if all(term.isascii() for term in terms) else 3
    places = invoice_search.places(session, actor)
    values: dict[str, Any] = {}
    for number, term in enumerate(terms):
        for which, spelling in enumerate((term, term.lower(), term.upper())[:spellings]):
            values[f"like_{number}_{which}"] = invoice_search.pattern(spelling)
        values[f"at_{number}"] = [row_id for row_id, words in places if fold(term) in words]
    return Sought(len(terms), spellings, tuple(values.items()))


def in_visits(terms: int, spellings: int) -> list[ColumnElement[bool]]:
    """Return what must hold of a visit that is joined with its job."""
    return [
        or_(
            _found(_VISIT, number, spellings),
            _at(Visit.location_id, number),
            exists().where(
                col(Recommendation.visit_id) == col(Visit.id),
                col(Recommendation.state) != "withdrawn",
                _found(_ADVICE, number, spellings),
            ),
        )
        for number in range(terms)
    ]


def in_jobs(terms: int, spellings: int) -> list[ColumnElement[bool]]:
    """Return what must hold of a job."""
    return [or_(_found(_JOB, number, spellings), _at(Job.location_id, number)) for number in range(terms)]


def in_papers(table: type[Quote] | type[Invoice], terms: int, spellings: int) -> list[ColumnElement[bool]]:
    """Return what must hold of a quote or an invoice; its number is found without its dashes too."""
    words = col(table.title) + "\n" + col(table.number) + "\n" + func.replace(col(table.number), "-", "")
    return [or_(_found(words, number, spellings), _at(table.location_id, number)) for number in range(terms)]


def in_files(terms: int, spellings: int, *, jobs: bool, limited: bool) -> list[ColumnElement[bool]]:
    """Return what must hold of a photo or document; with `jobs` it is found by its job's title as well.

    That is for who has the right to view jobs, and counts the jobs that they may see.
    """
    return [
        or_(
            _found(_FILE, number, spellings),
            _at(File.location_id, number),
            *([_of_job(number, spellings, limited=limited)] if jobs else []),
        )
        for number in range(terms)
    ]


def _of_job(number: int, spellings: int, *, limited: bool) -> ColumnElement[bool]:
    seen = reach.within(Job, limited=limited)
    return exists().where(col(Job.id) == col(File.job_id), *seen, _found(col(Job.title), number, spellings))


def _found(words: Any, number: int, spellings: int) -> ColumnElement[bool]:
    return or_(*(words.ilike(bindparam(f"like_{number}_{which}"), escape="\\") for which in range(spellings)))


def _at(location: Any, number: int) -> ColumnElement[bool]:
    return col(location).in_(bindparam(f"at_{number}", expanding=True))
