"""What the tests of the office's pages share: who is signed in, a customer, forms as browsers send them."""

from typing import Any

from sqlmodel import select

from portal_app import database
from portal_app.models import Contact, Customer
from portal_app.services import customer_index
from portal_app.services.rights import StaffRole
from tests.services import people

FORM = "__reflex_form_data__"


def cookie(role: StaffRole = StaffRole.OWNER) -> str:
    return people.start_session(people.make_staff(f"{role}@example.com", role))


def sarah(**contact: Any) -> people.Person:
    person = people.make_customer("sarah@example.com", **contact)
    index()
    return person


def index() -> None:
    with database.transaction() as session:
        customer_index.mark_missing(session)
        customer_index.write_due(session)


def form(**fields: str) -> dict[str, Any]:
    return {FORM: [[name, value] for name, value in fields.items()]}


def row(table: type[Any], row_id: int | None) -> Any:
    with database.reading() as session:
        found = session.get_one(table, row_id)
        session.expunge(found)
        return found


def path_of(person: people.Person, tail: str = "") -> str:
    return f"/office/customers/{row(Customer, person.customer_id).public_id}{tail}"


def contact_id(person: people.Person) -> str:
    return row(Contact, person.contact_id).public_id


def kept(table: type[Any]) -> list[Any]:
    with database.reading() as session:
        found = list(session.exec(select(table)).all())
        session.expunge_all()
        return found
