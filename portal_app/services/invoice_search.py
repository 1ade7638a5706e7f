"""Finding invoices of one customer by number, title, amount or property.

Each term must stand in one of those. The list is walked along its own index and each of its rows is asked, so that a
search pages as the list does, needs no words kept beside it, and never looks at another customer.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.numbers import NumberFormatError, get_decimal_symbol, get_group_symbol, parse_decimal
from sqlalchemy import BigInteger, ColumnElement, bindparam, func, or_
from sqlmodel import Session, col, select

from portal_app.models import Invoice, Location
from portal_app.money import exponent
from portal_app.services.actors import Customer
from portal_app.services.business import look
from portal_app.services.customer_words import fold
from portal_app.services.owed import LEFT
from portal_app.services.properties import MOST
from portal_app.services.typed_amounts import MOST_MINOR

LONGEST = 100
MOST_TERMS = 6
_KINDS = ("invoice", "invoices")
_AMOUNT = re.compile(r"[0-9][0-9.,'’]*")
_WILD = re.compile(r"[%_\\]")
# Asked as one text, because most rows are asked in vain; the number also without its dashes.
_WORDS = col(Invoice.title) + "\n" + col(Invoice.number) + "\n" + func.replace(col(Invoice.number), "-", "")
_NOTHING = (1, 0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: how many terms, how many spellings each is tried in, and the values of `conditions`."""

    terms: int = 0
    spellings: int = 1
    values: tuple[tuple[str, Any], ...] = ()


def wanted(session: Session, actor: Customer, typed: str) -> Wanted:
    """Return what somebody asks for by their words; nothing for none."""
    if not typed.strip():
        return Wanted()
    here = look()
    terms = terms_of(typed, here.locale)
    # SQLite only knows the capitals of A to Z.
    spellings = 1 if all(term.isascii() for term in terms) else 3
    here_or_there = places(session, actor)
    values: dict[str, Any] = {}
    for number, term in enumerate(terms):
        for which, spelling in enumerate((term, term.lower(), term.upper())[:spellings]):
            values[f"like_{number}_{which}"] = pattern(spelling)
        values[f"at_{number}"] = [row_id for row_id, words in here_or_there if fold(term) in words]
        values[f"from_{number}"], values[f"to_{number}"] = amounts(term, here.currency, here.locale)
    return Wanted(len(terms), spellings, tuple(values.items()))


def terms_of(typed: str, locale: str) -> list[str]:
    """Return what must all be found; a word that only says that invoices are meant is left out beside others."""
    text = "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in typed[:LONGEST])
    if get_group_symbol(locale).isspace():
        text = re.sub(r"(?<=\d)\s(?=\d{3}(?!\d))", "", text)
    pieces = [piece for piece in dict.fromkeys(text.split()) if any(letter.isalnum() for letter in piece)]
    terms = [piece for piece in pieces if piece.lower() not in _KINDS] or pieces
    return terms[:MOST_TERMS]


def conditions(terms: int, spellings: int) -> list[ColumnElement[bool]]:
    """Return what must hold of an invoice, with the values of `Wanted` as its parameters."""
    found = []
    for number in range(terms):
        low, high = (bindparam(f"{end}_{number}", type_=BigInteger) for end in ("from", "to"))
        spelt = [_WORDS.ilike(bindparam(f"like_{number}_{which}"), escape="\\") for which in range(spellings)]
        found.append(
            or_(
                *spelt,
                col(Invoice.total_minor).between(low, high),
                LEFT.between(low, high),
                col(Invoice.location_id).in_(bindparam(f"at_{number}", expanding=True)),
            )
        )
    return found


def pattern(term: str) -> str:
    """Return what LIKE takes for a text anywhere, its own signs escaped by a backslash."""
    return "%" + _WILD.sub(r"\\\g<0>", term) + "%"


def places(session: Session, actor: Customer) -> Sequence[tuple[int, str]]:
    """Return the customer's properties with all their words; which of them the reader may see, the list itself asks."""
    statement = (
        select(Location.id, Location.label, Location.address)
        .where(Location.customer_id == actor.customer_id, col(Location.deleted_at).is_(None))
        .limit(MOST)
    )
    return [
        (row_id or 0, fold(" ".join([label, *(str(part) for part in (address or {}).values())])))
        for row_id, label, address in session.exec(statement)
    ]


def amounts(term: str, currency: str, locale: str) -> tuple[int, int]:
    """Return the amounts, in minor units, that begin as a term does: `240` is all of 240.00 to 240.99."""
    digits = "".join(letter for letter in term if unicodedata.category(letter) != "Sc")
    digits = digits.removeprefix("US").removeprefix(currency).removesuffix(currency)
    if not _AMOUNT.fullmatch(digits) or len(digits) > 24:
        return _NOTHING
    try:
        amount = parse_decimal(digits, locale=locale, strict=True)
    except NumberFormatError:
        return _NOTHING
    decimals = len(digits.partition(get_decimal_symbol(locale))[2])
    if decimals > exponent(currency):
        return _NOTHING
    first = amount.scaleb(exponent(currency))
    last = first + Decimal(10) ** (exponent(currency) - decimals) - 1
    return (int(first), int(last)) if last <= MOST_MINOR else _NOTHING
