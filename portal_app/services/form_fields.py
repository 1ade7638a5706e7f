"""What was typed into a form, trimmed and checked: every field that needs another look is named at once."""

from collections.abc import Mapping

from portal_app.errors import PortalError
from portal_app.services import email_addresses

LONGEST_NAME = 200
LONGEST_NUMBER = 60
LONGEST_LINE = 120
LONGEST_PHONE = 40
LONGEST_QUOTED = 200


class FormRefused(PortalError):
    """The form cannot be used as it is; `fields` has a sentence for each field to be changed.

    `stored` has what those fields hold now that somebody else has changed meanwhile: with it as what was loaded, the
    same form is stored.
    """

    def __init__(self, fields: dict[str, str], stored: dict[str, str] | None = None) -> None:
        super().__init__("Please look at the fields marked below. Nothing has been lost.")
        self.fields = fields
        self.stored = stored or {}


def line(text: str) -> str:
    """Return a text on one line, without characters that cannot be seen."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def name_problem(name: str, what: str = "Their name") -> str:
    """Return what is wrong with a name, empty when nothing is."""
    if not name:
        return f"{what} is missing."
    return f"{what} is too long: at most {LONGEST_NAME} characters." if len(name) > LONGEST_NAME else ""


def length_problem(text: str, most: int) -> str:
    """Return what is wrong with the length of a text, empty when nothing is."""
    return f"This is too long: at most {most} characters." if len(text) > most else ""


def email_problem(email: str) -> str:
    """Return what is wrong with an address that may be left out, empty when nothing is."""
    if email and not email_addresses.looks_right(email):
        return "This does not look like an e-mail address. An example: name@example.com."
    return ""


def phone_problem(phone: str) -> str:
    """Return what is wrong with a number that may be left out, empty when nothing is."""
    digits = sum(letter.isdigit() for letter in phone)
    if phone and (not 4 <= digits <= 20 or len(phone) > LONGEST_PHONE):
        return "This does not look like a telephone number. An example: 07700 900123."
    return ""


def touched(
    wanted: Mapping[str, str],
    loaded: Mapping[str, str],
    stored: Mapping[str, str],
    words: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return the fields to be written: those that differ from what was `loaded` into the form and from what is stored.

    What was left alone stays as it is stored, whoever has changed it meanwhile. Raises FormRefused where a field was
    changed on both sides; `words` has how a field's stored value is shown, where that is not the value itself.
    """
    found = {name: value for name, value in wanted.items() if value not in (loaded[name], stored[name])}
    meanwhile = {name: stored[name] for name in found if stored[name] != loaded[name]}
    if meanwhile:
        shown = meanwhile | dict(words or {})
        raise FormRefused({name: _changed_to(shown[name]) for name in meanwhile}, meanwhile)
    return found


def _changed_to(words: str) -> str:
    shown = words if len(words) <= LONGEST_QUOTED else f"{words[:LONGEST_QUOTED]}…"
    what = f"changed this meanwhile to “{shown}”" if words else "emptied this meanwhile"
    return f"Somebody else has {what}; what you typed takes its place when you save again."


def refuse_if(problems: dict[str, str]) -> None:
    """Raise FormRefused when any field has a problem."""
    named = {field: sentence for field, sentence in problems.items() if sentence}
    if named:
        raise FormRefused(named)
