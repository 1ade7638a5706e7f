"""The press: sets a paper as PDF/A-3a and PDF/UA-1 with typst and the fonts that are shipped, and nothing else.

Templates are ours and on disk; what they print comes in as one JSON text. No packages, no system fonts, no network.
"""

import asyncio
import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import typst

from portal_app.integrations.paper.letters import FONTS, plain
from portal_app.integrations.paper.records import Paper
from portal_app.integrations.paper.words import day_of, kind_of, words_of

STANDARDS: list[Any] = ["a-3a", "ua-1"]
_TEMPLATES = Path(__file__).parent


class Unprintable(Exception):
    """The paper could not be set; the message is the typesetter's."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A PDF, and what the typesetter had to say about it (nothing, when all is well)."""

    data: bytes
    warnings: tuple[str, ...]


def render(paper: Paper) -> bytes:
    """Return a paper as PDF. Blocks, about 20 ms a page and until it is this paper's turn; raises Unprintable."""
    return render_with_warnings(paper).data


def render_with_warnings(paper: Paper) -> Printed:
    """Return a paper as PDF with the typesetter's warnings; raises Unprintable. Blocks as `render` does."""
    return _press().submit(_printed, paper).result()


async def printed(paper: Paper) -> bytes:
    """Return a paper as PDF when its turn has come; no thread is held for the wait. Raises Unprintable."""
    return (await asyncio.wrap_future(_press().submit(_printed, paper))).data


@cache
def _press() -> ThreadPoolExecutor:
    """Return the one thread that sets papers: typst lets the others run meanwhile, and keeps what it has read."""
    return ThreadPoolExecutor(1, "press")


def _printed(paper: Paper) -> Printed:
    return _print(kind_of(paper), words_of(paper), _moment(paper))


def _print(kind: str, words: dict[str, Any], moment: int) -> Printed:
    try:
        return _set(kind, words, moment)
    except typst.TypstError:
        # A mark that no font can put on the letter before it, or a logo that cannot be drawn: plain letters always can.
        plainly = _plain(words)
        plainly["letter"] |= {"logo": ""}
    try:
        return _set(kind, plainly, moment)
    except typst.TypstError as error:
        raise Unprintable(error.message) from error


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return {name: _plain(one) for name, one in value.items()} if isinstance(value, dict) else value


def _moment(paper: Paper) -> int:
    day = day_of(paper)
    return int(datetime.combine(day, time(12), tzinfo=UTC).timestamp()) if day and day.year >= 1970 else 0


def _set(kind: str, words: dict[str, Any], moment: int) -> Printed:
    made, warnings = _compiler(kind).compile_with_warnings(
        format="pdf",
        sys_inputs={"paper": json.dumps(words, ensure_ascii=False)},
        pdf_standards=STANDARDS,
        timestamp=moment,
    )
    if not isinstance(made, bytes):
        raise TypeError("A PDF is one file.")
    return Printed(made, tuple(warning.message for warning in warnings))


@cache
def fonts() -> typst.Fonts:
    """Return the fonts that are shipped, read once."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])


@cache
def _compiler(kind: str) -> typst.Compiler:
    """Return the compiler of one template, in the press's own thread."""
    # A page is too little work to share out: on a busy machine the threads wait for each other. Read on first use.
    os.environ.setdefault("RAYON_NUM_THREADS", "1")
    return typst.Compiler(
        str(_TEMPLATES / f"{kind}.typ"), root=str(_TEMPLATES), font_paths=fonts(), ignore_system_fonts=True
    )
