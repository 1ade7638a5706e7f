"""Give a customer's contact an account, start sessions for it, and print their Cookie headers."""

import json
import sys

from sqlmodel import Session, select

from portal_app.database import transaction
from portal_app.models import Contact, Customer, Login
from portal_app.services import access, sessions
from portal_app.services.actors import Origin, System
from portal_app.services.rights import ROLE_RIGHTS, Role

_BENCH = System("bench")


def start_sessions(email: str, count: int) -> list[str]:
    """Return the Cookie headers of so many new sessions, each of a browser of its own."""
    with transaction() as session:
        contact = session.exec(select(Contact).where(Contact.email == email)).one()
        login = _account(session, email, contact)
        return [
            f"{sessions.cookie_name(https=False)}="
            + sessions.start(session, login, contact_id=contact.id, remembered=True, origin=Origin())
            for _ in range(count)
        ]


def _account(session: Session, email: str, contact: Contact) -> Login:
    login = session.exec(select(Login).where(Login.email == email)).first()
    if login is None:
        login = Login(email=email)
        session.add(login)
        session.flush()
        contact.login_id, contact.role, contact.rights = login.id, Role.OWNER, sorted(ROLE_RIGHTS[Role.OWNER])
        customer = session.get_one(Customer, contact.customer_id)
        access.set_portal_access(session, _BENCH, customer.public_id, on=True)
    return login


if __name__ == "__main__":
    print(json.dumps({email: start_sessions(email, int(sys.argv[1])) for email in sys.argv[2:]}))
