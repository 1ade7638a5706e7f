"""The business's brand as the office sets it: its name and colours, light or dark, the words below every page."""

from dataclasses import asdict, dataclass, fields

from sqlmodel import Session

from portal_app.errors import Invalid, NotFound
from portal_app.models import Business
from portal_app.services import activity, brand_colours, business
from portal_app.services.access import require_office
from portal_app.services.actors import Actor
from portal_app.services.form_fields import (
    LONGEST_LINE,
    email_problem,
    length_problem,
    line,
    phone_problem,
    refuse_if,
    touched,
)
from portal_app.services.rights import Permission

THEMES = {"light": "Light", "dark": "Dark", "system": "Device’s own"}
LONGEST_WELCOME = 120


@dataclass(frozen=True, slots=True)
class BrandForm:
    """What the office types; colours as `#rrggbb`, empty for the portal's own."""

    name: str = ""
    accent: str = ""
    accent_2: str = ""
    theme: str = "system"
    welcome: str = ""
    support_email: str = ""
    phone: str = ""


def get(session: Session, actor: Actor) -> BrandForm:
    """Return what is set, for those who may change it."""
    return _stored(_business(session, actor))


def save(session: Session, actor: Actor, form: BrandForm, loaded: BrandForm) -> None:
    """Store what of the brand differs from what was `loaded` into the form.

    Or nothing of it: FormRefused has a sentence at each field that cannot be used, or somebody else changed meanwhile.
    """
    about = _business(session, actor, business.locked)
    wanted = BrandForm(
        name=line(form.name),
        accent=form.accent.strip(),
        accent_2=form.accent_2.strip(),
        theme=form.theme,
        welcome=line(form.welcome),
        support_email=form.support_email.strip(),
        phone=line(form.phone),
    )
    if wanted.theme not in THEMES:
        raise Invalid("Customers start in light, in dark, or as their own device is set.")
    refuse_if(
        {
            "name": length_problem(wanted.name, LONGEST_LINE) if wanted.name else "What is your business called?",
            "accent": colour_problem(wanted.accent),
            "accent_2": colour_problem(wanted.accent_2),
            "welcome": length_problem(wanted.welcome, LONGEST_WELCOME),
            "support_email": email_problem(wanted.support_email),
            "phone": phone_problem(wanted.phone),
        }
    )
    values = asdict(wanted) | {
        "accent": brand_colours.accent(wanted.accent),
        "accent_2": brand_colours.accent(wanted.accent_2),
    }
    stored = asdict(_stored(about))
    changed = touched(values, asdict(loaded), stored, {"theme": THEMES.get(about.theme, about.theme)})
    if not changed:
        return
    for name, value in changed.items():
        setattr(about, name, value)
    activity.record(session, actor, "business.changed", subject=("business", about.id), facts=changed)
    session.flush()


def colour_problem(typed: str) -> str:
    """Return what is wrong with a colour that may be left out, empty when nothing is."""
    try:
        colour = brand_colours.accent(typed)
        if colour:
            brand_colours.require_visible(colour)
    except Invalid as refusal:
        return refusal.sentence
    return ""


def _stored(about: Business) -> BrandForm:
    return BrandForm(**{field.name: getattr(about, field.name) for field in fields(BrandForm)})


def _business(session: Session, actor: Actor, find: business.Find = business.get) -> Business:
    require_office(actor, Permission.CHANGE_SETTINGS)
    found = find(session)
    if found is None:
        raise NotFound
    return found
