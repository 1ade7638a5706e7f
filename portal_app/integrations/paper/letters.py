"""Text from outside as it can be set: letters that our fonts have, lines that can be broken, no hidden directions."""

import unicodedata
from bisect import bisect_right
from functools import cache
from pathlib import Path

FONTS = Path(__file__).with_name("fonts")
STAND_IN = "□"
"""Stands for a letter that no font of ours has: a document that promises to be readable must not have a hole."""
LONGEST_WORD = 28
# They would turn round what follows them, in the whole line: `Paid £5` could be made to look like something else.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_BREAK_HERE = "\u200b"


def printable(text: str, longest: int = LONGEST_WORD) -> str:
    """Return a text on one line as it can be set; words with more than `longest` letters may be broken."""
    clean = "".join(_letter(letter) for letter in unicodedata.normalize("NFC", " ".join(text.split())))
    return " ".join(_broken(word, longest) for word in clean.split(" "))


def printable_lines(text: str) -> list[str]:
    """Return a text line by line, without empty ones, each as it can be set."""
    return [line for line in (printable(part) for part in text.splitlines()) if line]


def plain(text: str) -> str:
    """Return what is left of a text whose letters cannot be set together: those that always can, else a stand-in."""
    return "".join(letter if letter == _BREAK_HERE or _is_plain(letter) else STAND_IN for letter in text)


def _is_plain(letter: str) -> bool:
    return has_glyph(letter) and unicodedata.category(letter)[0] not in "MC" and ord(letter) < 0x1F000


def _letter(letter: str) -> str:
    if letter in _TURNING or unicodedata.category(letter) == "Cc":
        return ""
    if has_glyph(letter):
        return letter
    return "" if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Mn", "Me") else STAND_IN


def _broken(word: str, longest: int) -> str:
    return _BREAK_HERE.join(word[at : at + longest] for at in range(0, len(word), longest))


def has_glyph(letter: str) -> bool:
    """Return whether one of our fonts has the letter."""
    starts, ends = _coverage()
    at = bisect_right(starts, ord(letter)) - 1
    return at >= 0 and ord(letter) <= ends[at]


@cache
def _coverage() -> tuple[list[int], list[int]]:
    """Return where the ranges of known letters start, and where they end."""
    starts, ends = [], []
    for word in (FONTS / "coverage.txt").read_text().split():
        first, _, last = word.partition("-")
        starts.append(int(first, 16))
        ends.append(int(last or first, 16))
    return starts, ends
