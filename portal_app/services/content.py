"""Opening hours and terms of business: what the office writes, and what customers read."""

from dataclasses import asdict, dataclass
from unicodedata import category
from urllib.parse import urlsplit

from sqlmodel import Session

from portal_app.errors import NotAllowed, NotFound
from portal_app.integrations import rich_text
from portal_app.models import Business
from portal_app.services import activity, business
from portal_app.services.access import require_office
from portal_app.services.actors import Actor, Customer
from portal_app.services.form_fields import length_problem, refuse_if, touched
from portal_app.services.rights import Permission

LONGEST_HOURS = 300
LONGEST_ADDRESS = 500
LONGEST_TERMS = 20_000


@dataclass(frozen=True, slots=True)
class ContentForm:
    """What the office types: `hours` in lines of its own, `terms` in Markdown, or `terms_url` where they stand."""

    hours: str = ""
    terms_url: str = ""
    terms: str = ""


def get(session: Session, actor: Actor) -> ContentForm:
    """Return what is set, for those who may change it."""
    return _stored(_of_office(session, actor))


def save(session: Session, actor: Actor, form: ContentForm, loaded: ContentForm) -> None:
    """Store what of hours and terms differs from what was `loaded` into the form.

    Or nothing of it: FormRefused has a sentence at each field that cannot be used, or somebody else changed meanwhile.
    """
    about = _of_office(session, actor, business.locked)
    wanted = ContentForm(tidy_lines(form.hours), form.terms_url.strip(), tidy_lines(form.terms))
    refuse_if(
        {
            "hours": length_problem(wanted.hours, LONGEST_HOURS),
            "terms_url": address_problem(wanted.terms_url),
            "terms": length_problem(wanted.terms, LONGEST_TERMS),
        }
    )
    changed = touched(asdict(wanted), asdict(loaded), asdict(_stored(about)))
    if not changed:
        return
    for name, value in changed.items():
        setattr(about, name, value)
    facts = {"changed": list(changed)}
    activity.record(session, actor, "business.changed", subject=("business", about.id), facts=facts)
    session.flush()


def address_problem(typed: str) -> str:
    """Return what is wrong with an address on the web that may be left out, empty when nothing is."""
    if not typed:
        return ""
    if len(typed) > LONGEST_ADDRESS:
        return length_problem(typed, LONGEST_ADDRESS)
    wrong = "This is no address we can link to. An example: https://www.example.com/terms."
    if not typed.isprintable() or any(letter in ' "<>\\' for letter in typed):
        return wrong
    try:
        parts = urlsplit(typed)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return wrong
    # A name before an @ would let the link seem to lead elsewhere than it does.
    sound = parts.scheme == "https" and "." in host and not parts.username and "@" not in parts.netloc
    return "" if sound else wrong


def terms_html(session: Session, actor: Actor) -> str:
    """Return the terms of business as safe HTML for a customer; raises NotFound when the portal has no text of them."""
    if not isinstance(actor, Customer):
        raise NotAllowed
    html = public_terms_html(session)
    if not html:
        raise NotFound
    return html


def public_terms_html(session: Session) -> str:
    """Return the terms of business as safe HTML for everybody, once the portal is open; empty when there is no text."""
    found = business.get(session)
    return shown(found.terms) if found and found.terms else ""


def shown(terms: str) -> str:
    """Return terms in Markdown as the safe HTML of their page."""
    return rich_text.as_html(terms, top=2)


# The last two part letters and join them, also those of an emoji.
_KEPT = "\n\t\u200c\u200d"


def tidy_lines(text: str) -> str:
    """Return a text of several lines, without characters that cannot be seen and blank space around."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(letter for letter in plain if _is_kept(letter)).strip()


def _is_kept(letter: str) -> bool:
    """Return whether a letter can be seen, is a space of any kind, or joins or ends others."""
    return letter in _KEPT or letter.isprintable() or category(letter) == "Zs"


def _stored(about: Business) -> ContentForm:
    return ContentForm(about.hours, about.terms_url, about.terms)


def _of_office(session: Session, actor: Actor, find: business.Find = business.get) -> Business:
    require_office(actor, Permission.CHANGE_SETTINGS)
    found = find(session)
    if found is None:
        raise NotFound
    return found
