"""What the stylesheet promises: contrast in both themes, a small size, and a rule for every class that is used."""

import ast
import gzip
import re
from pathlib import Path

import pytest

from portal_app.pages.login.state import SENTENCES

ROOT = Path(__file__).resolve().parents[2]
CSS = (ROOT / "assets" / "portal.css").read_text()
STATUSES = ("scheduled", "on-the-way", "in-progress", "complete", "overdue", "processing")
SURFACES = ("canvas", "surface", "surface-2")
TEXT = [
    *((ink, ground) for ink in ("ink", "ink-2", "ink-3", "brand-strong") for ground in SURFACES),
    *((status, ground) for status in STATUSES for ground in (f"{status}-soft", "surface")),
    ("ink", "brand-soft"), ("ink-2", "brand-soft"), ("brand-strong", "brand-soft"), ("brand-contrast", "brand"),
    ("ink-2", "surface-3"), ("ink", "surface-3"), ("ink", "sky"), ("ink", "hill-0"), ("ink", "hill-1"),
]  # fmt: skip
BORDERS = [("line-field", "surface"), ("line-field", "canvas"), ("brand-strong", "surface"), ("brand-strong", "canvas")]


def tokens(theme: str) -> dict[str, str]:
    """Return the colours of a theme; dark ones stand on the light ones."""
    light, dark = (re.search(start + r"[^{]*\{(.*?)\n\}", CSS, re.DOTALL) for start in (r":root, ", r"\n\.dark, "))
    assert light
    assert dark
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", light[1]))
    return found | dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", dark[1])) if theme == "dark" else found


def luminance(colour: str) -> float:
    """Return the relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mixed(over: str, share: float, ground: str) -> str:
    """Return a colour laid over another with some opacity."""
    pairs = ((int(over[place : place + 2], 16), int(ground[place : place + 2], 16)) for place in (1, 3, 5))
    return "#" + "".join(f"{round(top * share + below * (1 - share)):02x}" for top, below in pairs)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_can_be_read(theme: str):
    colours = tokens(theme)
    weak = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in TEXT}
    assert {pair: round(ratio, 2) for pair, ratio in weak.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_can_be_used_can_be_seen(theme: str):
    colours = tokens(theme)
    weak = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in BORDERS}
    assert {pair: round(ratio, 2) for pair, ratio in weak.items() if ratio < 3} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_visit_card_can_be_read(theme: str):
    panel = tokens(theme)["brand-panel"]
    shares = [float(f"0{share}") for share in re.findall(r"\.visit [^{]*\{ color: rgb\(255 255 255 / (\.\d+)\)", CSS)]
    assert len(shares) == 2
    for share in (1.0, *shares):
        assert contrast(mixed("#ffffff", share, panel), panel) >= 4.5, share


def test_both_themes_name_the_same_colours():
    dark = re.search(r"\n\.dark, [^{]*\{(.*?)\n\}", CSS, re.DOTALL)
    assert dark
    assert set(re.findall(r"--([\w-]+): #", dark[1])) == set(tokens("light"))


def test_it_is_small():
    assert len(gzip.compress(CSS.encode(), 9)) <= 15 * 1024


def test_every_class_in_use_has_a_rule():
    used: set[str] = set()
    for folder in ("components", "pages"):
        for path in (ROOT / "portal_app" / folder).rglob("*.py"):
            for value in re.findall(r'(?:class_name|extra_class)=f?"([^"{]*)', path.read_text()):
                used.update(value.split())
    assert used - set(re.findall(r"\.([a-z][\w-]*)", CSS)) - {"notice-", "badge-"} == set()


def test_every_class_with_a_rule_is_in_use():
    known = set(re.findall(r"\.([a-z][\w-]*)", " ".join(re.findall(r"([^{}]+)\{", re.sub(r"/\*.*?\*/", "", CSS)))))
    used = set(re.findall(r"[\w-]+", " ".join(path.read_text() for path in (ROOT / "assets").glob("*.js"))))
    for path in (ROOT / "portal_app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg in {"class_name", "extra_class"}:
                used.update(word for text in _texts(node.value) for word in text.split())
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                used.update(word for value in re.findall(r'class="([^"{]*)', node.value) for word in value.split())
                words = node.value.split()
                # Classes that stand in a name or a table first; a single word there could be any.
                used.update(words if len(words) > 1 and known.issuperset(words) else ())
    unused = {name for name in known - used if not name.startswith(("badge-", "notice-"))}
    assert unused == set()


def _texts(expression: ast.expr) -> list[str]:
    return [one.value for one in ast.walk(expression) if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def test_pages_hold_no_styles():
    styled = [
        path for path in (ROOT / "portal_app" / "pages").rglob("*.py") if re.search(r"\bstyle=", path.read_text())
    ]
    assert styled == []


def test_every_sentence_of_the_sign_in_page_can_be_shown():
    for word in SENTENCES:
        assert f'[data-problem="{word}"] [data-when="{word}"]' in CSS
