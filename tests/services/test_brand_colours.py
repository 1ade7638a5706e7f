"""Whatever colour the office picks, what is written with it and on it can be read, in light and in dark."""

import itertools
import re
from pathlib import Path

import pytest

from portal_app.errors import Invalid
from portal_app.services import brand_colours
from portal_app.services.brand_colours import DARK_SURFACES, LIGHT_SURFACES, PART, TEXT, WHITE, Brand, contrast
from tests.soaking import runs

STYLES = Path(__file__).parents[2] / "assets" / "portal.css"
# 512 accents, 4,096 under `portal soak`.
STEPS = range(0, 256, 255 // runs(7, 15))
# Those of the stylesheet: --ink and --ink-2.
LIGHT_INKS, DARK_INKS = ("#15201f", "#465351"), ("#edf2f1", "#b9c4c1")


def over(colour: str, share: float, ground: str) -> str:
    """Return a colour laid over another with some opacity."""
    pairs = ((int(colour[at : at + 2], 16), int(ground[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(top * share + below * (1 - share)):02x}" for top, below in pairs)


def unreadable(
    brand: Brand, surfaces: tuple[str, ...], inks: tuple[str, str], scene: tuple[str, str, str]
) -> list[str]:
    """Return which pairs of a brand are below AA: words on the brand, the brand on every surface."""
    pairs = [
        *((f"strong on {surface}", brand.strong, surface, TEXT) for surface in surfaces),
        *((f"main on {surface}", brand.main, surface, PART) for surface in surfaces[:3]),
        ("words on main", brand.contrast, brand.main, TEXT),
        ("strong on soft", brand.strong, brand.soft, TEXT),
        ("white on panel", WHITE, brand.panel, 7.0),
        ("glow on panel", brand.glow, brand.panel, PART),
        ("faint white on panel", over(WHITE, 0.76, brand.panel), brand.panel, TEXT),
        ("ink on soft", inks[1], brand.soft, TEXT),
        *((f"ink on the drawn cover: {tone}", inks[0], tone, TEXT) for tone in scene),
    ]
    return [f"{what}: {contrast(one, other):.2f}" for what, one, other, least in pairs if contrast(one, other) < least]


@pytest.mark.soak
@pytest.mark.timeout(400)
def test_accents_of_all_kinds_are_readable_in_both_themes():
    found = {}
    for number, rgb in enumerate(itertools.product(STEPS, repeat=3)):
        picked = "#{:02x}{:02x}{:02x}".format(*rgb)
        # The second accent runs the other way, so that pairs of all kinds meet.
        second = "#{:02x}{:02x}{:02x}".format(*(255 - part for part in rgb)) if number % 2 else ""
        light = brand_colours.light(picked, second)
        dark = brand_colours.dark(picked, second)
        day, night = (brand_colours.scene(picked, dark=at_night) for at_night in (False, True))
        bad = [f"light {line}" for line in unreadable(light, LIGHT_SURFACES, LIGHT_INKS, day)]
        bad += [f"dark {line}" for line in unreadable(dark, DARK_SURFACES, DARK_INKS, night)]
        # Words on the brand in light are read on it, and the brand is read as words on every surface.
        if contrast(light.main, LIGHT_SURFACES[-1]) < TEXT:
            bad.append("light main as words")
        if bad:
            found[picked] = bad
    assert found == {}


def test_a_colour_that_can_be_read_stays_as_it_was_picked():
    assert brand_colours.light("#0f5c5c").main == "#0f5c5c"
    assert brand_colours.light("#1e40af").main == "#1e40af"
    assert brand_colours.dark("#ffe600").strong == "#ffe600"


def test_the_surfaces_are_those_of_the_stylesheet():
    styles = STYLES.read_text()
    light, dark = styles.split(".theme-dark {", 1)
    for half, surfaces, inks in ((light, LIGHT_SURFACES, LIGHT_INKS), (dark, DARK_SURFACES, DARK_INKS)):
        found = {re.findall(rf"--{name}: (#[0-9a-f]{{6}});", half)[0] for name in ("canvas", "surface-3")}
        found |= {re.findall(rf"--{name}: (#[0-9a-f]{{6}});", half)[0] for name in ("surface", "surface-2")}
        assert found == set(surfaces)
        assert tuple(re.findall(rf"--{name}: (#[0-9a-f]{{6}});", half)[0] for name in ("ink", "ink-2")) == inks


@pytest.mark.parametrize(
    ("typed", "wanted"), [("", ""), (" #ABC ", "#aabbcc"), ("#0F5C5C", "#0f5c5c"), ("#000000", "#000000")]
)
def test_colours_as_people_write_them(typed: str, wanted: str):
    assert brand_colours.accent(typed) == wanted


@pytest.mark.parametrize("typed", ["red", "#12", "#12345g", "0f5c5c", "#0f5c5c;}", "#0f5c5c00", "url(x)", "＃123456"])
def test_what_is_no_colour_is_refused_in_words(typed: str):
    with pytest.raises(Invalid, match="hash and six digits"):
        brand_colours.accent(typed)


@pytest.mark.parametrize("colour", ["#ffffff", "#fdfdfd", "#f4f6f5"])
def test_white_on_white_is_refused_in_words(colour: str):
    with pytest.raises(Invalid, match="cannot be seen on a white page"):
        brand_colours.require_visible(colour)


@pytest.mark.parametrize("colour", ["#ffe600", "#c0c0c0", "#ffd1dc"])
def test_light_colours_are_darkened_and_not_refused(colour: str):
    brand_colours.require_visible(colour)
