"""The words by which a customer is found, and the words of what somebody typed: both folded the same way."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import phonenumbers

LONGEST_WORD = 60
LONGEST_SORT_NAME = 200
# Nobody has that many; a record that does would only make the index large.
MOST_WORDS = 300
MOST_TERMS = 8
TAILS = (4, 6)
_ADDRESS_PARTS = ("line1", "line2", "city", "region", "postal_code")
_WORD = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"\D+")
_APOSTROPHES = re.compile(r"['’‘`´]")
# Letters that have no accent to take away, yet are typed without one.
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
_NUMBER_LIKE = re.compile(r"\+?[\d().\-/]+")
LEAST_PHONE_DIGITS = 7


class Ranked(NamedTuple):
    """A word with whether it begins the sort name, and how many letters it shares with a word ranked before it."""

    word: str
    leads: bool
    shared: int


def fold(text: str) -> str:
    """Return a text without capitals and accents, apostrophes left out."""
    plain = _APOSTROPHES.sub("", text).casefold()
    if plain.isascii():
        return plain
    plain = unicodedata.normalize("NFKD", plain)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).translate(_PLAIN)


def sort_name(name: str) -> str:
    """Return what a name is sorted by."""
    return " ".join(fold(name).split())[:LONGEST_SORT_NAME]


def split(text: str) -> list[str]:
    """Return the folded words of a text, in order."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(fold(text))]


def words_of(
    *,
    names: Iterable[str],
    number: str,
    emails: Iterable[str],
    phones: Iterable[str],
    addresses: Iterable[Mapping[str, str]],
    country: str,
) -> set[str]:
    """Return all words of one customer and their people and places; `country` (ISO 3166) reads local numbers."""
    found: dict[str, None] = {}
    for name in names:
        found |= dict.fromkeys([*split(name), *split(re.sub(_APOSTROPHES, " ", name))])
    found |= dict.fromkeys([*split(number), "".join(split(number))[:LONGEST_WORD]])
    for email in emails:
        found |= dict.fromkeys(_email_words(email))
    for phone in phones:
        found |= dict.fromkeys(_phone_words(phone, country))
    for address in addresses:
        found |= dict.fromkeys(_address_words(address))
    found.pop("", None)
    return set(list(found)[:MOST_WORDS])


def rank(words: Iterable[str], sorted_by: str) -> list[Ranked]:
    """Return words in the order a search meets them: those that begin the sort name first, then by the alphabet."""
    ranked: list[Ranked] = []
    longest_leading = before = ""
    for follows, word in sorted((not sorted_by.startswith(word), word) for word in words):
        shared = max(_in_common(word, longest_leading), _in_common(word, before))
        ranked.append(Ranked(word, not follows, shared))
        before = word
        if not follows:
            # Every word that leads begins the next longer one, so that one stands for all of them.
            longest_leading = word
    return ranked


def _in_common(one: str, other: str) -> int:
    for number, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        if mine != theirs:
            return number
    return min(len(one), len(other))


def _email_words(email: str) -> list[str]:
    whole = fold(email.strip())
    _, at, domain = whole.partition("@")
    return [whole[:LONGEST_WORD], f"@{domain}"[:LONGEST_WORD] if at else "", *split(whole)]


def _address_words(address: Mapping[str, str]) -> list[str]:
    lines = [str(address.get(part) or "") for part in _ADDRESS_PARTS]
    code = "".join(split(str(address.get("postal_code") or "")))
    return [word for line in lines for word in split(line)] + [code[:LONGEST_WORD]]


def _phone_words(phone: str, country: str) -> list[str]:
    """Return a number as the world writes it, as the country does, and its last digits."""
    parsed = _parse(phone, country)
    if parsed is None:
        digits = _DIGITS.sub("", phone)[:LONGEST_WORD]
        return [digits, *(digits[-tail:] for tail in TAILS if len(digits) > tail)]
    national = str(parsed.national_number)
    local = _DIGITS.sub("", phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL))
    return [f"{parsed.country_code}{national}", national, local, *(national[-tail:] for tail in TAILS)]


def _parse(phone: str, country: str) -> phonenumbers.PhoneNumber | None:
    try:
        parsed = phonenumbers.parse(phone[:60], country or None)
    except phonenumbers.NumberParseException:
        return None
    return parsed if phonenumbers.is_possible_number(parsed) else None


def terms(typed: str, country: str) -> list[str]:
    """Return what must all be found, each as the beginning of a word; the pieces of a telephone number are one."""
    found: dict[str, None] = {}
    run: list[str] = []
    for piece in [*typed[:200].split(), ""]:
        if _NUMBER_LIKE.fullmatch(piece):
            run.append(piece)
            continue
        found |= dict.fromkeys(_of_run(run, country))
        run = []
        if "@" in piece:
            found[fold(piece)[:LONGEST_WORD]] = None
        else:
            found |= dict.fromkeys(split(piece))
    found.pop("", None)
    # What is the beginning of another term asks for nothing more.
    distinct = [term for term in found if not any(other != term and other.startswith(term) for other in found)]
    return distinct[:MOST_TERMS]


def _of_run(run: list[str], country: str) -> list[str]:
    """Return the terms of number-like pieces that stand together: one telephone number, else each by itself."""
    whole = " ".join(run)
    digits = _DIGITS.sub("", whole)
    if len(digits) < LEAST_PHONE_DIGITS:
        return [word for piece in run for word in split(piece)]
    parsed = _parse(whole, country)
    abroad = whole.startswith(("+", "00"))
    if parsed is not None and (abroad or phonenumbers.is_valid_number(parsed)):
        return [f"{parsed.country_code}{parsed.national_number}"]
    return [digits.removeprefix("00")[:LONGEST_WORD]]
