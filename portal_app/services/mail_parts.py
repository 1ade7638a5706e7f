"""What a mail is made of: its words, and facts that are read defensively."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal_app import clock
from portal_app.money import Money
from portal_app.services.business import Look

_LONGEST_FACT = 120
LONGEST_LINE = 380
# A slash as in INV/2026/7 and a colon as in 17:30 make no link.
_LINKISH = re.compile(r"(?i)\b(?:https?|ftp)\b:?|www\.|//+|[@\\]|:(?=\S)(?!(?<=\d:)\d)")
_DOTTED = re.compile(r"(?<=\w)\.(?=[^\W\d])")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one mail: paragraphs, perhaps a code and one button (label, path), and what stands below."""

    subject: str
    heading: str
    before: tuple[str, ...]
    code: str = ""
    button: tuple[str, str] | None = None
    after: tuple[str, ...] = ()


class Facts:
    """Reads facts and secrets defensively: rows may be old, and names are somebody's typing."""

    def __init__(self, facts: Mapping[str, Any], secrets: Mapping[str, Any], look: Look) -> None:
        self._facts, self._secrets, self.business = facts, secrets, one_line(look.name)
        self._locale = look.locale

    def name(self, key: str, otherwise: str = "") -> str:
        """Return somebody's words as one short line that no mail program makes a link of."""
        return plain(str(self._facts.get(key) or "")) or otherwise

    def lines(self, key: str) -> tuple[str, ...]:
        """Return somebody's own lines, each as `name` gives it but as long as it is."""
        return tuple(filter(None, (plain(part, LONGEST_LINE) for part in str(self._facts.get(key) or "").splitlines())))

    def address(self, key: str, otherwise: str) -> str:
        """Return an address of mail, which may look like one."""
        return one_line(str(self._facts.get(key) or "")) or otherwise

    def count(self, key: str, one: str, many: str) -> str:
        """Return such as `10 minutes`; empty without the fact."""
        number = self._facts.get(key)
        if isinstance(number, bool) or not isinstance(number, int | float):
            return ""
        whole = round(number)
        return f"{whole} {one if whole == 1 else many}"

    def money(self, key: str = "amount_minor") -> str:
        """Return the mail's amount, or another one, as the business writes it; `an amount` where there is none."""
        minor, currency = self._facts.get(key), self._facts.get("currency")
        if isinstance(minor, bool) or not isinstance(minor, int) or not re.fullmatch(r"[A-Z]{3}", str(currency)):
            return "an amount"
        return Money(minor, str(currency)).show(self._locale)

    def day(self, key: str) -> str:
        """Return a day as the business writes it; empty without one."""
        try:
            return clock.show_date(date.fromisoformat(str(self._facts.get(key))), self._locale)
        except ValueError:
            return ""

    def invoices(self) -> str:
        """Return such as `invoice 2291` or `invoices 2291 and 2292`; `your account` without any."""
        given = self._facts.get("invoices")
        numbers = [plain(str(number)) for number in given if number] if isinstance(given, list) else []
        if not numbers:
            return "your account"
        shown = numbers if len(numbers) <= 4 else [*numbers[:3], f"{len(numbers) - 3} more"]
        return f"invoice {shown[0]}" if len(shown) == 1 else f"invoices {', '.join(shown[:-1])} and {shown[-1]}"

    def flag(self, key: str) -> bool:
        """Return whether something is so."""
        return bool(self._facts.get(key))

    @property
    def code(self) -> str:
        """The code in two groups, such as `123 456`."""
        code = str(self._secrets.get("code") or "")
        return f"{code[:3]} {code[3:]}" if re.fullmatch(r"\d{6}", code) else code

    @property
    def path(self) -> str:
        """The portal's own path that the mail leads to; empty when there is none."""
        path = str(self._secrets.get("path") or "")
        return path if path.startswith("/") and not path.startswith("//") and path.isprintable() else ""


def one_line(text: str, longest: int = _LONGEST_FACT) -> str:
    """Return words as one line of at most `longest` characters, all of them shown."""
    words = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return words if len(words) <= longest else words[: longest - 1].rstrip() + "…"


def plain(text: str, longest: int = _LONGEST_FACT) -> str:
    """Return somebody's words as one line that no mail program turns into a link."""
    # A name such as `evil.example` would be made a link too: what follows a dot gets a space of its own.
    return one_line(_DOTTED.sub(". ", _LINKISH.sub(" ", text)), longest)
