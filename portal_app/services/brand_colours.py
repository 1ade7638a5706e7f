"""The brand's colours, from one or two the office picks: readable in light and in dark, whatever was picked.

Lightness is moved in OKLCH, where a colour keeps its hue and its strength while it gets darker or lighter; contrast is
WCAG 2's. `TEXT` is asked of words, `PART` of marks and edges.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from coloraide import Color

from portal_app.errors import Invalid

TEXT, PART = 4.5, 3.0
# A little more than is asked for, since colours are rounded to eight bits a channel.
_SPARE = 1.02
# The surfaces of the stylesheet on which the brand is seen; a test holds them against it.
LIGHT_SURFACES = ("#ffffff", "#f8faf9", "#f4f6f5", "#ebefed")
DARK_SURFACES = ("#0e1312", "#161c1b", "#1b2221", "#252d2c")
# The ground of a whole page, one of those each.
LIGHT_CANVAS, DARK_CANVAS = "#f4f6f5", "#0e1312"
# The stylesheet's own colours, which stand while the office has picked none.
OWN_ACCENT, OWN_GLOW = "#0f5c5c", "#ffd58a"
WHITE = "#ffffff"
_PALE = 0.93
# Lightness and most strength of sky, far hills and near hills.
_DAY = ((0.93, 0.022), (0.88, 0.032), (0.79, 0.045))
_NIGHT = ((0.26, 0.03), (0.3, 0.036), (0.33, 0.042))
_GREY = 0.03


@dataclass(frozen=True, slots=True)
class Brand:
    """The brand in one theme, each colour as `#rrggbb`.

    `main` is for filled areas that carry `contrast`; `strong` for words and lines on any surface; `soft` a quiet area
    that carries `strong`; `panel` the one large area of a page, which carries white; `glow` the second accent, for
    marks on the panel.
    """

    main: str
    strong: str
    soft: str
    contrast: str
    panel: str
    glow: str

    def variables(self) -> dict[str, str]:
        """Return the stylesheet's variables of the brand."""
        return {
            "--brand": self.main,
            "--brand-strong": self.strong,
            "--brand-soft": self.soft,
            "--brand-contrast": self.contrast,
            "--brand-panel": self.panel,
            "--brand-glow": self.glow,
        }


def accent(typed: str) -> str:
    """Return a colour somebody typed or picked as `#rrggbb`, empty for none; raises Invalid with a sentence."""
    text = typed.strip().lower()
    if not text:
        return ""
    if len(text) in (4, 7) and text[0] == "#" and all(letter in "0123456789abcdef" for letter in text[1:]):
        return text if len(text) == 7 else "#" + "".join(letter * 2 for letter in text[1:])
    raise Invalid("A colour is written like #0f5c5c: a hash and six digits or letters from a to f.")


def require_visible(colour: str) -> None:
    """Raise Invalid for an accent that is hardly anything but white: darkened, nothing of it would be left."""
    lightness, strength, _ = _oklch(colour)
    if lightness > _PALE and strength < _GREY:
        raise Invalid("White, or nearly white, cannot be seen on a white page. Please pick a colour with more in it.")


@lru_cache(maxsize=64)
def light(picked: str, second: str = "") -> Brand:
    """Return the brand on light pages."""
    first = _oklch(picked or OWN_ACCENT)
    main = _darker(first, lambda one: _against(one, LIGHT_SURFACES) >= TEXT * _SPARE)
    strong = _moved(_oklch(main), -0.05)
    soft = _soft(first, 0.955, 0.018, lambda one: _contrast(one, strong) >= TEXT * _SPARE, up=True)
    panel = _darker(_oklch(main), lambda one: _contrast(one, WHITE) >= 7.4)
    return Brand(main, strong, soft, WHITE, panel, _glow(second, panel))


@lru_cache(maxsize=64)
def dark(picked: str, second: str = "") -> Brand:
    """Return the brand on dark pages."""
    first = _oklch(picked or OWN_ACCENT)
    seen = PART * _SPARE
    main = _lighter((0.2, *first[1:]), lambda one: _against(one, DARK_SURFACES[:3]) >= seen)
    strong = _lighter((max(first[0], 0.76), *first[1:]), lambda one: _against(one, DARK_SURFACES) >= 6.0)
    soft = _soft(first, 0.3, 0.04, lambda one: _contrast(one, strong) >= TEXT * _SPARE, up=False)
    lightness, strength, hue = _oklch(main)
    panel = _darker((lightness, strength * 0.8, hue), lambda one: _contrast(one, WHITE) >= 10.0)
    return Brand(main, strong, soft, WHITE, panel, _glow(second, panel))


@lru_cache(maxsize=64)
def scene(picked: str, *, dark: bool) -> tuple[str, str, str]:
    """Return sky, far hills and near hills of the cover that is drawn where none was given, all of the brand's hue.

    They are so light, or in the dark so dark, that the page's own words are read on each of them.
    """
    _, strength, hue = _oklch(picked or OWN_ACCENT)
    tones = _NIGHT if dark else _DAY
    return tuple(_hex((lightness, min(strength, most), hue)) for lightness, most in tones)  # type: ignore[return-value]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG 2 counts it, 1 to 21."""
    return _contrast(one, other)


_Lch = tuple[float, float, float]


@lru_cache(maxsize=4096)
def _luminance(colour: str) -> float:
    return Color(colour).luminance()


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _against(colour: str, surfaces: tuple[str, ...]) -> float:
    """Return the contrast with the surface it is nearest to."""
    return min(_contrast(colour, surface) for surface in surfaces)


def _oklch(colour: str) -> _Lch:
    lightness, strength, hue = Color(colour).convert("oklch").coords(nans=False)
    return lightness, strength, hue


def _hex(lch: _Lch) -> str:
    """Return the colour, with less strength where a screen cannot show so much of it at that lightness."""
    return Color("oklch", list(lch)).convert("srgb").fit(method="raytrace", pspace="oklch").to_string(hex=True)


def _moved(lch: _Lch, by: float) -> str:
    return _hex((min(1.0, max(0.0, lch[0] + by)), *lch[1:]))


def _darker(lch: _Lch, enough: Callable[[str], bool]) -> str:
    """Return the lightest colour, no lighter than this one, that is dark enough."""
    return _nearest(lch, 0.0, enough)


def _lighter(lch: _Lch, enough: Callable[[str], bool]) -> str:
    """Return the darkest colour, no darker than this one, that is light enough."""
    return _nearest(lch, 1.0, enough)


def _nearest(lch: _Lch, end: float, enough: Callable[[str], bool]) -> str:
    here = _hex(lch)
    if enough(here):
        return here
    short, far = lch[0], end
    found = _hex((end, *lch[1:]))
    for _ in range(9):
        middle = (short + far) / 2
        colour = _hex((middle, *lch[1:]))
        if enough(colour):
            far, found = middle, colour
        else:
            short = middle
    return found


def _soft(lch: _Lch, lightness: float, most: float, enough: Callable[[str], bool], *, up: bool) -> str:
    start = (lightness, min(lch[1], most), lch[2])
    return _lighter(start, enough) if up else _darker(start, enough)


def _glow(second: str, panel: str) -> str:
    """Return the second accent, light enough to be seen on the panel."""
    return _lighter(_oklch(second or OWN_GLOW), lambda one: _contrast(one, panel) >= PART * 1.5)
