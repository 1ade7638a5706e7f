"""The people of a customer, as the office keeps them: added, changed, taken away; and whose mail goes where."""

from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from portal_app import clock
from portal_app.errors import Invalid, NotFound
from portal_app.models import Contact, Customer
from portal_app.services import activity, customer_index, email_addresses, form_fields, mails, memberships, sessions
from portal_app.services.access import contact_of_office, customer_of_office, require_office
from portal_app.services.actors import Actor
from portal_app.services.form_fields import line
from portal_app.services.mails import Mail
from portal_app.services.rights import ROLE_RIGHTS, Permission, Role

MOST_PEOPLE = 200
_PHONE_FIELDS = {"mobile": "mobile", "phone": "landline"}


@dataclass(frozen=True, slots=True)
class PersonForm:
    """What the office typed about one person; `role` is a name of `rights.Role`."""

    name: str = ""
    email: str = ""
    mobile: str = ""
    phone: str = ""
    role: str = Role.VIEWER.value
    billing: bool = False

    def trimmed(self) -> "PersonForm":
        """Return the same on single lines, the address as logins keep it."""
        return PersonForm(
            line(self.name),
            email_addresses.normal(self.email),
            line(self.mobile),
            line(self.phone),
            self.role,
            self.billing,
        )

    def problems(self) -> dict[str, str]:
        """Return a sentence for each field, empty where nothing is wrong."""
        return {
            "name": form_fields.name_problem(self.name),
            "email": form_fields.email_problem(self.email),
            "mobile": form_fields.phone_problem(self.mobile),
            "phone": form_fields.phone_problem(self.phone),
            "role": "" if self.role in set(Role) else "Please choose one of the roles.",
        }


def form_of(contact: Contact) -> PersonForm:
    """Return what the form about a person holds at first."""
    phones = {str(phone.get("kind")): str(phone.get("number") or "") for phone in contact.phones or ()}
    others = [number for kind, number in phones.items() if kind != "mobile"]
    return PersonForm(
        contact.name, contact.email, phones.get("mobile", ""), next(iter(others), ""), contact.role, contact.billing
    )


def add(session: Session, actor: Actor, customer_public_id: str, form: PersonForm) -> Contact:
    """Add a person to a customer that no CRM owns; raises FormRefused naming the fields."""
    require_office(actor, Permission.EDIT_CUSTOMERS)
    customer = customer_of_office(session, customer_public_id)
    if customer.connection_id is not None:
        raise Invalid("This customer belongs to the CRM. Add people there; they appear here by themselves.")
    form = form.trimmed()
    form_fields.refuse_if(form.problems())
    if _people_of(session, customer) >= MOST_PEOPLE:
        raise Invalid(f"A customer has at most {MOST_PEOPLE} people.")
    role = Role(form.role)
    contact = Contact(customer_id=customer.id or 0, name=form.name, role=role.value)
    contact.rights = sorted(right.value for right in ROLE_RIGHTS[role])
    _fill(contact, form)
    session.add(contact)
    session.flush()
    _record(session, actor, "contact.created", contact)
    return contact


def change(session: Session, actor: Actor, contact_public_id: str, form: PersonForm) -> Contact:
    """Change a person that no CRM owns; another address moves their sign-in (`move_email`)."""
    require_office(actor, Permission.EDIT_CUSTOMERS)
    contact = contact_of_office(session, contact_public_id)
    if contact.connection_id is not None:
        raise Invalid("This person belongs to the CRM. Change them there; the change appears here by itself.")
    form = form.trimmed()
    form_fields.refuse_if(form.problems())
    if form.email != contact.email:
        if contact.login_id is not None:
            require_office(actor, Permission.RESET_ACCESS)
        if contact.login_id is not None and not form.email:
            raise form_fields.FormRefused({"email": f"{contact.name} signs in with an address. Disable them instead."})
        move_email(session, actor, contact, form.email)
    _fill(contact, form)
    _record(session, actor, "contact.changed", contact)
    return contact


def remove(session: Session, actor: Actor, contact_public_id: str) -> Contact:
    """Take a person away from a customer that no CRM owns; they are signed out at once."""
    require_office(actor, Permission.EDIT_CUSTOMERS)
    contact = contact_of_office(session, contact_public_id)
    if contact.connection_id is not None:
        raise Invalid("This person belongs to the CRM. Take them away there, or disable them here.")
    if contact.login_id is not None:
        require_office(actor, Permission.DISABLE_ACCOUNTS)
    contact.deleted_at = clock.now()
    _record(session, actor, "contact.deleted", contact)
    session.flush()
    sessions.end_for_contact(session, contact.id or 0, "deleted", actor=actor)
    return contact


def accept_email(session: Session, actor: Actor, contact_public_id: str, expected: str) -> Contact:
    """Take the main address the CRM wants: the sign-in moves there and the old address is told.

    `expected` is the address the office saw: raises Invalid when the CRM wants another one by now.
    """
    contact = _waiting(session, actor, contact_public_id, expected)
    wanted = contact.pending_email
    others = [email for email in contact.emails if email.lower() not in (wanted, contact.email)]
    old = contact.email
    move_email(session, actor, contact, wanted)
    contact.emails = [wanted, *([old] if old else []), *others]
    contact.pending_email = ""
    _record(session, actor, "contact.email_accepted", contact)
    return contact


def refuse_email(session: Session, actor: Actor, contact_public_id: str, expected: str) -> Contact:
    """Keep the present main address; the CRM's stays as it is there."""
    contact = _waiting(session, actor, contact_public_id, expected)
    contact.pending_email = ""
    _record(session, actor, "contact.email_refused", contact)
    return contact


def _waiting(session: Session, actor: Actor, public_id: str, expected: str) -> Contact:
    require_office(actor, Permission.EDIT_CUSTOMERS)
    require_office(actor, Permission.RESET_ACCESS)
    contact = contact_of_office(session, public_id)
    if not contact.pending_email:
        raise Invalid("Nothing waits any more: somebody has decided, or the CRM has changed its mind.")
    if contact.pending_email != expected:
        raise Invalid(f"The CRM now wants {contact.pending_email}. Please look once more.")
    return contact


def move_email(session: Session, actor: Actor, contact: Contact, email: str) -> None:
    """Give a person another main address (normalised) and with it another sign-in, and tell the old one.

    The password stays behind with the old address: who holds that may be somebody else. The new one gets in by a
    code, or an invitation.
    """
    old, had_login = contact.email, contact.login_id is not None
    contact.email = email
    mails.forget_problem(contact)
    if had_login:
        login = memberships.login_for(session, email)
        if login.id != contact.login_id:
            sessions.end_for_contact(session, contact.id or 0, "email_changed", actor=actor)
            contact.login_id = login.id
        mails.queue(
            session,
            Mail.EMAIL_CHANGED,
            old,
            {"new_email": email_addresses.masked(email)},
            customer_id=contact.customer_id,
            contact_id=contact.id,
        )
    session.flush()


def same_address(session: Session, email: str, besides: str = "") -> int:
    """Return how many other customers' people have this address, leaving out one contact by public id."""
    wanted = email_addresses.normal(email)
    if not wanted:
        return 0
    statement = select(func.count(func.distinct(Contact.customer_id))).where(
        Contact.email == wanted, col(Contact.deleted_at).is_(None), Contact.public_id != besides
    )
    return session.exec(statement).one()


def get(session: Session, actor: Actor, customer_public_id: str, contact_public_id: str) -> Contact:
    """Return a person of one customer for the office; NotFound for anybody else's."""
    require_office(actor, Permission.VIEW_CUSTOMERS)
    customer = customer_of_office(session, customer_public_id)
    contact = contact_of_office(session, contact_public_id)
    if contact.customer_id != customer.id:
        raise NotFound
    return contact


def _people_of(session: Session, customer: Customer) -> int:
    statement = select(func.count()).where(Contact.customer_id == customer.id, col(Contact.deleted_at).is_(None))
    return session.exec(statement).one()


def _fill(contact: Contact, form: PersonForm) -> None:
    contact.name, contact.email, contact.billing = form.name, form.email, form.billing
    contact.emails = [form.email] if form.email else []
    numbers = {"mobile": form.mobile, "phone": form.phone}
    contact.phones = [{"kind": _PHONE_FIELDS[name], "number": number} for name, number in numbers.items() if number]


def _record(session: Session, actor: Actor, kind: str, contact: Contact) -> None:
    subject = ("contact", contact.id)
    activity.record(session, actor, kind, customer_id=contact.customer_id, login_id=contact.login_id, subject=subject)
    customer_index.write(session, [contact.customer_id])
