"""The names that files bring along, as they may be shown and given out."""

import unicodedata

LONGEST = 120
# Of a general category: control, format (which turns text round or hides in it), surrogate, private, not assigned.
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}
_UNTYPED = _UNSEEN - {"Cf"}
_FORBIDDEN = set('"<>:|?*%;')
_ENDINGS = {"jpg", "jpeg", "png", "webp", "heic", "heif", "pdf"}
_FIRST_WORDS = {"photo": "Photo", "document": "Document"}


# What turns the order of letters round; other invisible signs belong to emoji and to some scripts.
TURNING = {chr(code) for code in (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF)}


def clean(given: str, kind: str) -> str:
    """Return a name without folders, ending, control characters and tricks; `kind` names what has none left."""
    last = given[:2000].replace("\\", "/").rstrip("/ ").rpartition("/")[2]
    shown = "".join(
        " " if letter.isspace() else letter
        for letter in unicodedata.normalize("NFC", last)
        if (letter.isspace() or unicodedata.category(letter) not in _UNSEEN) and letter not in _FORBIDDEN
    )
    stem, dot, ending = shown.rpartition(".")
    if dot and ending.strip().lower() in _ENDINGS:
        shown = stem
    return " ".join(shown.split())[:LONGEST].strip(" .") or _FIRST_WORDS[kind]


def one_line(typed: str, longest: int) -> str:
    """Return words somebody typed on one line, without control characters and tricks."""
    kept = (
        " " if letter.isspace() else letter
        for letter in unicodedata.normalize("NFC", typed[: longest * 4])
        if letter.isspace() or (unicodedata.category(letter) not in _UNTYPED and letter not in TURNING)
    )
    return " ".join("".join(kept).split())[:longest]
