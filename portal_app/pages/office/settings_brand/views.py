"""What the brand's page shows: the form, what a colour does to the pages, and how well it reads."""

from dataclasses import asdict, dataclass, field

from portal_app.components.brand_preview import Colours
from portal_app.errors import Invalid
from portal_app.services import brand, brand_colours, brand_pictures
from portal_app.services.brand import BrandForm
from portal_app.services.brand_pictures import Kept
from portal_app.services.business import Picture

# Quiet, strong colours that trades are known by; anything else can be typed or picked.
SWATCHES = (
    ("Deep teal", "#0f5c5c"),
    ("Blue", "#1d4f91"),
    ("Brick", "#8a3b21"),
    ("Green", "#2f6b34"),
    ("Earth", "#5b4636"),
    ("Graphite", "#2b3036"),
)


@dataclass(frozen=True)
class Draft:
    """What stands in the fields; `number` changes when all have to be filled anew, `picks` when the accent has to."""

    name: str = ""
    accent: str = ""
    accent_2: str = ""
    theme: str = "system"
    welcome: str = ""
    support_email: str = ""
    phone: str = ""
    number: int = 0
    picks: int = 0


@dataclass(frozen=True)
class Wrong:
    """A sentence for each field that needs another look."""

    name: str = ""
    accent: str = ""
    accent_2: str = ""
    theme: str = ""
    welcome: str = ""
    support_email: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Preview:
    """The brand as it would be, in both themes, and sentences on how well it reads."""

    light: Colours = field(default_factory=Colours)
    dark: Colours = field(default_factory=Colours)
    picked: str = brand_colours.OWN_ACCENT
    picked_2: str = brand_colours.OWN_GLOW
    checks: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class PictureView:
    """One picture: whether there is one of the business's own, or deliberately none, and how large it is.

    `width` and `height` are in pixels; the drawn cover's until there is one.
    """

    own: bool = False
    plain: bool = False
    size: str = ""
    width: int = 1200
    height: int = 346
    version: str = ""
    x: int = 50
    y: int = 50


@dataclass(frozen=True)
class PicturesView:
    """All pictures, and what came of the last change of one of them (`about` is its kind)."""

    logo: PictureView = field(default_factory=PictureView)
    logo_dark: PictureView = field(default_factory=PictureView)
    cover: PictureView = field(default_factory=PictureView)
    about: str = ""
    told: str = ""
    failed: bool = False


def pictures_of(kept: Kept, about: str, word: str) -> PicturesView:
    """Return the pictures, with the sentence of a code word; nothing of the address is shown itself."""
    return PicturesView(
        logo=_picture(kept.logo),
        logo_dark=_picture(kept.logo_dark),
        cover=_picture(kept.cover),
        about=about,
        told=brand_pictures.SENTENCES.get(word, ""),
        failed=word not in {"saved", "removed"},
    )


def _picture(picture: Picture | None) -> PictureView:
    if picture is None or not picture.digest:
        return PictureView(plain=picture is not None, version="plain" if picture else "")
    return PictureView(
        own=True,
        size=f"{picture.width} × {picture.height} pixels",
        width=picture.width,
        height=picture.height,
        version=picture.digest[:12],
        x=picture.focal_x,
        y=picture.focal_y,
    )


def draft_of(form: BrandForm, number: int) -> Draft:
    """Return the fields with what is stored."""
    return Draft(**asdict(form), number=number)


def typed_in(draft: Draft, loaded: BrandForm) -> dict[str, str]:
    """Return what stands in the fields and is not what they were filled with."""
    return {name: getattr(draft, name) for name, was in asdict(loaded).items() if getattr(draft, name) != was}


def preview_of(accent: str, accent_2: str) -> Preview | None:
    """Return what two colours as typed make of the pages, None while one of them is no colour."""
    try:
        first, second = brand_colours.accent(accent), brand_colours.accent(accent_2)
    except Invalid:
        return None
    if brand.colour_problem(first) or brand.colour_problem(second):
        return None
    light, dark = brand_colours.light(first, second), brand_colours.dark(first, second)
    ratio = brand_colours.contrast
    picked = first or brand_colours.OWN_ACCENT
    kept = "your colour" if light.main == picked else f"your colour, darkened to {light.main},"
    return Preview(
        light=Colours(**{name: getattr(light, name) for name in Colours.__dataclass_fields__}),
        dark=Colours(**{name: getattr(dark, name) for name in Colours.__dataclass_fields__}),
        picked=picked,
        picked_2=second or brand_colours.OWN_GLOW,
        checks=[
            f"White words on {kept} read well, {ratio(light.main, '#ffffff'):.1f} to 1",
            f"Links on white read well, {ratio(light.strong, '#ffffff'):.1f} to 1",
            f"In the dark links are {dark.strong}, {ratio(dark.strong, brand_colours.DARK_SURFACES[1]):.1f} to 1",
        ],
    )
