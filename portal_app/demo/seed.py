"""The demo's business and accounts, written into a migrated database; safe to repeat."""

import shutil
from functools import lru_cache
from pathlib import Path

from sqlmodel import Session, select

from portal_app import clock
from portal_app.database import transaction
from portal_app.demo import accounts, words
from portal_app.models import Business, Contact, Customer, Login, StaffMember
from portal_app.services import access, activity, business, passwords, setup
from portal_app.services.actors import System
from portal_app.services.rights import ROLE_RIGHTS, Role, StaffRole
from portal_app.settings import Settings

_DEMO = System("demo")
_PICTURES = Path(__file__).resolve().parent / "brand"


def load(settings: Settings) -> None:
    """Write the demo's business, its owner's account and its pictures, where they are missing."""
    with transaction() as session:
        if business.get(session) is None:
            session.add(_business())
            session.add_all(words.questions())
            activity.record(session, _DEMO, "business.created")
        setup.grant_default_permissions(session)
        _ensure_office(session)
    business.forget_look()
    _copy_pictures(settings.data_dir / "brand")


def _business() -> Business:
    return Business(
        id=setup.ONLY_BUSINESS,
        name="Hartley Heating & Plumbing",
        zone="Europe/London",
        locale="en_GB",
        currency="GBP",
        country="GB",
        phone="01632 960140",
        support_email="hello@hartley.example",
        legal_name="Hartley Heating & Plumbing Ltd",
        address="3 Kiln Yard\nBath BA2 3XX",
        tax_number="GB 000 0000 00",
        company_number="00000000",
        payment_terms="Please pay within 14 days.",
        paper_footer="Registered in England and Wales. Gas Safe register 000000.",
        bank_account_name="Hartley Heating & Plumbing Ltd",
        bank_code="00-00-00",
        bank_account="12345678",
        hours=words.HOURS,
        terms=words.TERMS,
        welcome="Warm homes in and around Bath since 1987. Ring us any time, day or night.",
    )


def _ensure_office(session: Session) -> None:
    login = _ensure_login(session, accounts.OFFICE)
    if session.exec(select(StaffMember).where(StaffMember.login_id == login.id)).first() is None:
        session.add(StaffMember(login_id=login.id or 0, name="Ruth Hartley", role=StaffRole.OWNER))


def _ensure_login(session: Session, email: str) -> Login:
    login = session.exec(select(Login).where(Login.email == email)).first()
    if login is None:
        login = Login(email=email, password_hash=_password_hash(), password_changed_at=clock.now())
        session.add(login)
        session.flush()
    return login


def _copy_pictures(folder: Path) -> None:
    if not _PICTURES.is_dir():
        return
    folder.mkdir(parents=True, exist_ok=True)
    for picture in sorted(_PICTURES.iterdir()):
        shutil.copyfile(picture, folder / picture.name)


def open_doors(session: Session) -> bool:
    """Give the demo's customers their accounts once the CRM's people have arrived; returns whether all have one."""
    opened = [_open_door(session, email) for email in (accounts.CUSTOMER, accounts.NEIGHBOUR)]
    return all(opened)


def _open_door(session: Session, email: str) -> bool:
    contacts = session.exec(select(Contact).where(Contact.email == email)).all()
    for contact in contacts:
        if contact.login_id is None:
            contact.login_id = _ensure_login(session, email).id
            contact.role = Role.OWNER
            contact.rights = sorted(ROLE_RIGHTS[Role.OWNER])
            customer = session.get_one(Customer, contact.customer_id)
            access.set_portal_access(session, _DEMO, customer.public_id, on=True)
    return bool(contacts)


@lru_cache(maxsize=1)
def _password_hash() -> str:
    return passwords.hash_password(accounts.PASSWORD)
