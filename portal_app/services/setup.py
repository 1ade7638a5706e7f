"""The first start: a one-hour link with which the owner creates the business and their own account."""

import secrets
from collections.abc import Container
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import available_timezones

from babel.core import get_global
from babel.localedata import locale_identifiers
from babel.numbers import get_territory_currencies
from sqlalchemy import update
from sqlmodel import Session, col, select

from portal_app import clock
from portal_app.errors import Invalid, NotFound, PortalError
from portal_app.models import Business, Login, SetupToken, StaffMember, StaffPermission
from portal_app.services import activity, business, email_addresses, passwords, sessions
from portal_app.services.actors import System
from portal_app.services.rights import STAFF_PERMISSIONS, StaffRole

LINK_LASTS = timedelta(hours=1)
# The one row: a second set-up, however it came to run at the same time, meets its primary key.
ONLY_BUSINESS = 1
_SETUP = System("setup")

# Where a country has several zones and one is meant nearly always.
_MAIN_ZONE = {
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "DE": "Europe/Berlin",
    "ES": "Europe/Madrid",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon",
    "UA": "Europe/Kyiv",
}


class SetupRefused(PortalError):
    """The form cannot be used as it is; `fields` has a sentence for each field to be changed."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("Please look at the fields marked below.")
        self.fields = fields


@dataclass(frozen=True, slots=True)
class SetupForm:
    """What the owner typed; `currency`, `locale` and `zone` may be empty: the country's own are meant then."""

    business_name: str = ""
    country: str = ""
    currency: str = ""
    locale: str = ""
    zone: str = ""
    phone: str = ""
    support_email: str = ""
    name: str = ""
    email: str = ""
    password: str = field(default="", repr=False)


def usual_currency(country: str) -> str:
    """Return the ISO currency of a country today, empty when unknown."""
    try:
        return next(iter(get_territory_currencies(country)), "")
    except (KeyError, ValueError, AttributeError):
        return ""


def usual_locale(country: str) -> str:
    """Return how dates and money are written in a country, in English where CLDR has that."""
    return f"en_{country}" if f"en_{country}" in locale_identifiers() else "en_001"


def usual_zone(country: str) -> str:
    """Return the time zone of a country, empty when it has several and none is meant nearly always."""
    zones = get_global("territory_zones").get(country, [])
    return _MAIN_ZONE.get(country) or (zones[0] if len(zones) == 1 else "")


def is_empty(session: Session) -> bool:
    """Return whether there is no business yet."""
    return business.get(session) is None


def create_setup_token(session: Session) -> str:
    """Return the token of a fresh one-hour link; older ones are void. Only its hash is stored."""
    if not is_empty(session):
        raise Invalid("The portal has been set up already. Sign in as its owner.")
    now = clock.now()
    session.exec(update(SetupToken).where(col(SetupToken.used_at).is_(None)).values(used_at=now))
    token = secrets.token_urlsafe(32)
    session.add(SetupToken(token_hash=sessions.hash_of(token), expires_at=now + LINK_LASTS))
    activity.record(session, _SETUP, "setup.link_made")
    return token


def link_stands(session: Session, token: str) -> bool:
    """Return whether a link can still be used: known, unused, younger than an hour, and no business yet."""
    found = session.exec(select(SetupToken).where(SetupToken.token_hash == sessions.hash_of(token))).first()
    return found is not None and found.used_at is None and found.expires_at > clock.now() and is_empty(session)


def check(form: SetupForm) -> SetupForm:
    """Return the form trimmed and completed from the country; raises SetupRefused naming every field to change."""
    country = form.country.strip().upper()
    complete = SetupForm(
        business_name=" ".join(form.business_name.split()),
        country=country,
        currency=form.currency.strip().upper() or usual_currency(country),
        locale=form.locale.strip() or usual_locale(country),
        zone=form.zone.strip() or usual_zone(country),
        phone=" ".join(form.phone.split()),
        support_email=form.support_email.strip(),
        name=" ".join(form.name.split()),
        email=form.email.strip(),
        password=form.password,
    )
    wrong = {name: sentence for name, sentence in _wrong(complete) if sentence}
    if wrong:
        raise SetupRefused(wrong)
    return complete


def is_country(code: str) -> bool:
    """Return whether a code is a country with a currency and a time zone of its own."""
    return len(code) == 2 and bool(get_global("territory_zones").get(code)) and bool(usual_currency(code))


def _wrong(form: SetupForm) -> list[tuple[str, str]]:
    """Return (field, sentence) in the order of the form; an empty sentence where all is well."""
    country = is_country(form.country)
    return [
        ("business_name", _text(form.business_name, 120, "What is your business called?")),
        ("country", "" if country else "Please choose your country."),
        ("currency", _choice(form.currency, get_global("all_currencies"), country, "Please choose your currency.")),
        ("locale", _choice(form.locale, locale_identifiers(), country, "Please choose how dates are written.")),
        ("zone", _choice(form.zone, available_timezones(), country, "Please choose the time zone you work in.")),
        ("phone", _text(form.phone, 40, "")),
        ("support_email", _email(form.support_email)),
        ("name", _text(form.name, 200, "What is your name?")),
        ("email", _email(form.email)),
        ("password", _password(form)),
    ]


def _choice(value: str, known: Container[str], country: bool, sentence: str) -> str:
    """Return what is wrong with a choice; what follows from the country is not asked for while that is missing."""
    return "" if value in known or (not value and not country) else sentence


def _text(value: str, longest: int, missing: str) -> str:
    if not value:
        return missing
    if len(value) > longest:
        return f"Please use at most {longest} characters."
    return "" if value.isprintable() else "Please leave out the unprintable characters."


def _email(value: str) -> str:
    if not value:
        return "Please enter an e-mail address."
    fits = email_addresses.looks_right(value)
    return "" if fits else "This does not look like an e-mail address, such as name@example.com."


def _password(form: SetupForm) -> str:
    try:
        passwords.check_policy(form.password, form.email)
    except Invalid as error:
        return error.sentence
    return ""


def complete(session: Session, token: str, form: SetupForm, password_hash: str) -> Login:
    """Create the business, its owner and the roles in the caller's transaction; the link is spent.

    `form` comes from `check`, `password_hash` from `passwords` (made outside the transaction). Raises
    NotFound when the link has expired or somebody was faster.
    """
    now = clock.now()
    spent = session.exec(
        update(SetupToken)
        .where(
            col(SetupToken.token_hash) == sessions.hash_of(token),
            col(SetupToken.used_at).is_(None),
            col(SetupToken.expires_at) > now,
        )
        .values(used_at=now)
    )
    if spent.rowcount != 1 or not is_empty(session):
        raise NotFound("This set-up link has been used or is older than an hour.")
    session.add(_business(form))
    grant_default_permissions(session)
    login = Login(email=email_addresses.normal(form.email), password_hash=password_hash, password_changed_at=now)
    session.add(login)
    session.flush()
    session.add(StaffMember(login_id=login.id or 0, name=form.name, role=StaffRole.OWNER))
    activity.record(session, _SETUP, "business.created", login_id=login.id)
    return login


def _business(form: SetupForm) -> Business:
    return Business(
        id=ONLY_BUSINESS,
        name=form.business_name,
        zone=form.zone,
        locale=form.locale,
        currency=form.currency,
        country=form.country,
        phone=form.phone,
        support_email=form.support_email,
    )


def grant_default_permissions(session: Session) -> None:
    """Write what each staff role may do, for roles that have nothing written yet."""
    known = set(session.exec(select(StaffPermission.role)))
    for role, permissions in STAFF_PERMISSIONS.items():
        if role not in known:
            session.add_all(StaffPermission(role=role, permission=permission) for permission in sorted(permissions))
