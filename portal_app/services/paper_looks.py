"""How papers look: as the settings make it today, and as it was when a paper was issued."""

from sqlmodel import Session, col, select

from portal_app.models import Business, PaperLook
from portal_app.services import brand_colours, business

_PARTS = ("accent", "locale", "country", "zone", "footer", "logo")


def of(about: Business, logo: str | None = None) -> PaperLook:
    """Return how papers of a business look with a logo (as in PaperLook), as a row that is not stored."""
    return PaperLook(
        accent=brand_colours.light(about.accent, about.accent_2).main,
        locale=about.locale,
        country=about.country,
        zone=about.zone,
        footer=about.paper_footer,
        logo=logo,
    )


def of_today(session: Session, about: Business) -> PaperLook:
    """Return how papers look today, as a row that is not stored."""
    logo = business.pictures(session).get("logo")
    return of(about, logo.digest if logo else None)


def kept(session: Session, about: Business) -> PaperLook:
    """Return how papers look today, as the stored row of that; a new one where something has changed since the last."""
    today = of_today(session, about)
    last = session.exec(select(PaperLook).order_by(col(PaperLook.id).desc()).limit(1)).first()
    if last is not None and all(getattr(last, part) == getattr(today, part) for part in _PARTS):
        return last
    session.add(today)
    session.flush()
    return today
