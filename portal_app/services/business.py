"""The business whose portal this is."""

import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlmodel import Session, col, select

from portal_app import routes
from portal_app.database import reading
from portal_app.models import BrandPicture, Business, Faq
from portal_app.settings import get_settings

LOOK_SECONDS = 3.0
Find = Callable[[Session], Business | None]
PICTURE_KINDS = ("logo", "logo_dark", "cover")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of the business as pages show it; without a `digest` it was taken away on purpose.

    `digest` names the folder of its files, `width` and `height` are pixels, the focal point percent.
    """

    digest: str = ""
    width: int = 0
    height: int = 0
    focal_x: int = 50
    focal_y: int = 50


@dataclass(frozen=True, slots=True)
class Look:
    """What every page says of the business; `set_up` is False until the owner has created it.

    A picture that was never given is None.
    """

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
    hours: str = ""
    # Who writes the invoices in law, where that is other than the name; the address line by line.
    legal_name: str = ""
    address: str = ""
    tax_number: str = ""
    # Where the terms of business stand, empty when there are none.
    terms_address: str = ""
    # Whether there is anything to read among the questions and answers.
    questions: bool = False
    logo: Picture | None = None
    logo_dark: Picture | None = None
    cover: Picture | None = None

    @property
    def version(self) -> str:
        """A word that changes with everything the brand is made of: colours and pictures, of which a name draws one."""
        digests = "".join(picture.digest[:8] for picture in (self.logo, self.logo_dark, self.cover) if picture)
        drawn = "" if self.logo else f"{zlib.crc32(self.name.encode()):08x}"
        return f"{self.accent}{self.accent_2}{digests}{drawn}".replace("#", "")

    @property
    def starts_in(self) -> str:
        """What pages are shown in to somebody who has not chosen: light, dark, or system."""
        return self.theme if self.theme in {"light", "dark"} else "system"

    @property
    def coming_soon(self) -> bool:
        """Whether only the office and testers come in yet."""
        return self.set_up and not self.portal_open


def issuer(about: Business) -> dict[str, Any]:
    """Return whom papers of a business are from, as plain values: name, lines, phone, email, tax and company number."""
    return {
        "name": about.legal_name or about.name,
        "lines": [line for line in about.address.splitlines() if line.strip()],
        "phone": about.phone,
        "email": about.support_email,
        "tax_number": about.tax_number,
        "company_number": about.company_number,
    }


def get(session: Session) -> Business | None:
    """Return the business, or None before it has been set up."""
    return session.exec(select(Business).order_by(Business.id)).first()  # type: ignore[arg-type]


def locked(session: Session) -> Business | None:
    """Return the business for a change that depends on what is stored; others who change it wait for this one."""
    return session.exec(select(Business).order_by(Business.id).with_for_update()).first()  # type: ignore[arg-type]


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
        hours=business.hours,
        legal_name=business.legal_name,
        address=business.address,
        tax_number=business.tax_number,
        terms_address=routes.TERMS if business.terms else business.terms_url,
    )


def pictures(session: Session) -> dict[str, Picture]:
    """Return the pictures that were given or taken away, by kind."""
    return {
        row.kind: Picture(row.digest, row.width, row.height, row.focal_x, row.focal_y)
        for row in session.exec(select(BrandPicture).where(col(BrandPicture.kind).in_(PICTURE_KINDS)))
    }


def _questions(session: Session) -> bool:
    return session.exec(select(Faq.id).where(col(Faq.shown)).limit(1)).first() is not None


_looks: dict[str, tuple[float, Look]] = {}


def look() -> Look:
    """Return the business's look, at most LOOK_SECONDS old: it is asked for with every page and never urgent."""
    key = get_settings().database_url
    known = _looks.get(key)
    if known and time.monotonic() < known[0]:
        return known[1]
    with reading() as session:
        found = replace(look_of(get(session)), questions=_questions(session), **pictures(session))
    if found.set_up:
        _looks[key] = (time.monotonic() + LOOK_SECONDS, found)
    else:
        _looks.pop(key, None)
    return found


def known_look() -> Look:
    """Return the look that was read last, however long ago, a plain one before that; never asks the database.

    It is for what must be said when the database does not answer, and for what runs on the event loop.
    """
    known = _looks.get(get_settings().database_url)
    return known[1] if known else Look()


def forget_look() -> None:
    """Read the business anew next time; until then the last one stays known."""
    for key, (_, known) in list(_looks.items()):
        _looks[key] = (0.0, known)
