"""The business whose portal this is."""

import time
from dataclasses import dataclass

from sqlmodel import Session, select

from portal_app.database import reading
from portal_app.models import Business
from portal_app.settings import get_settings

LOOK_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Look:
    """What every page says of the business; `set_up` is False until the owner has created it."""

    name: str = "Porchlight"
    zone: str = "UTC"
    locale: str = "en_GB"
    currency: str = "GBP"
    country: str = "GB"
    phone: str = ""
    support_email: str = ""
    welcome: str = ""
    theme: str = "system"
    accent: str = ""
    accent_2: str = ""
    portal_open: bool = False
    set_up: bool = False


def get(session: Session) -> Business | None:
    """Return the business, or None before it has been set up."""
    return session.exec(select(Business).order_by(Business.id)).first()  # type: ignore[arg-type]


def look_of(business: Business | None) -> Look:
    """Return what pages say of a business."""
    if business is None:
        return Look()
    return Look(
        name=business.name,
        zone=business.zone,
        locale=business.locale,
        currency=business.currency,
        country=business.country,
        phone=business.phone,
        support_email=business.support_email,
        welcome=business.welcome,
        theme=business.theme,
        accent=business.accent,
        accent_2=business.accent_2,
        portal_open=business.portal_open,
        set_up=True,
    )


_looks: dict[str, tuple[float, Look]] = {}


def look() -> Look:
    """Return the business's look, at most LOOK_SECONDS old: it is asked for with every page and never urgent."""
    key = get_settings().database_url
    known = _looks.get(key)
    if known and time.monotonic() < known[0]:
        return known[1]
    with reading() as session:
        found = look_of(get(session))
    if found.set_up:
        _looks[key] = (time.monotonic() + LOOK_SECONDS, found)
    return found


def forget_look() -> None:
    """Read the business anew next time."""
    _looks.clear()
