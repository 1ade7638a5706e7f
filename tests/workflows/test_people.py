"""What the CRM may and may not do to people (rules 11 and 12)."""

import pytest
from sqlmodel import col, select

from portal_app import clock
from portal_app.database import transaction
from portal_app.models import Activity, Contact, Customer, Login, LoginSession
from portal_app.services import mails, sessions
from portal_app.services.actors import Origin
from tests.workflows.conftest import Portal, rows


def _sign_in(external_id: str) -> str:
    """Give a contact a login, its customer access, and return the token of a session."""
    with transaction() as session:
        contact = session.exec(select(Contact).where(Contact.external_id == external_id)).one()
        login = Login(email=contact.email or f"{external_id}@example.com", password_changed_at=clock.now())
        session.add(login)
        session.flush()
        contact.login_id = login.id
        session.get_one(Customer, contact.customer_id).portal_access = True
        return sessions.start(session, login, contact_id=contact.id, remembered=False, origin=Origin())


def _stands(token: str) -> bool:
    with transaction() as session:
        return sessions.actor_for(session, token, Origin()) is not None


def _contact(external_id: str) -> Contact:
    return rows(select(Contact).where(Contact.external_id == external_id))[0]


def _kinds() -> list[str]:
    return [
        row.kind for row in rows(select(Activity).where(Activity.kind != "crm.imported").order_by(col(Activity.id)))
    ]


@pytest.fixture
async def family(bare: Portal) -> Portal:
    """One customer with four contacts, read once."""
    bare.crm.post("customers", external_id="cus_1", kind="person", name="The Family")
    people = (
        ("con_1", {"emails": ["First@Example.com", "other@example.com"]}),
        ("con_2", {"emails": ["books@example.com"], "billing": True}),
        ("con_3", {"emails": [], "role": "Household"}),
        ("con_4", {"emails": ["not an address"], "role": "the cat"}),
        ("con_5", {"emails": ["five@example.com"], "role": "owner"}),
    )
    for key, fields in people:
        bare.crm.post("contacts", external_id=key, customer_id="cus_1", name=key, **fields)
    await bare.poll()
    return bare


async def test_portal_access_is_off_and_roles_are_careful(family: Portal) -> None:
    assert rows(select(Customer))[0].portal_access is False
    found = {row.external_id: row for row in rows(select(Contact))}
    roles = {key: row.role for key, row in found.items()}
    assert roles == {"con_1": "owner", "con_2": "bookkeeper", "con_3": "household", "con_4": "viewer", "con_5": "owner"}
    assert found["con_1"].email == "first@example.com"
    assert "margins" not in found["con_1"].rights
    assert found["con_4"].rights == ["view_jobs"]
    assert (found["con_4"].email, found["con_4"].emails) == ("", ["not an address"])
    assert all(row.login_id is None for row in found.values())


async def test_a_main_email_of_somebody_who_signs_in_waits_for_the_office(family: Portal) -> None:
    token = _sign_in("con_1")
    family.crm.patch("contacts", "con_1", emails=["thief@example.com"], name="Renamed")
    await family.poll()
    contact = _contact("con_1")
    assert (contact.email, contact.pending_email, contact.name) == ("first@example.com", "thief@example.com", "Renamed")
    assert contact.emails == ["first@example.com"]
    assert _stands(token)
    assert _kinds()[-2:] == ["contact.changed", "contact.email_pending"]
    before = len(_kinds())
    family.crm.patch("contacts", "con_1", phones=[{"kind": "mobile", "number": "1"}])
    await family.poll()
    assert _contact("con_1").pending_email == "thief@example.com"
    assert _kinds()[before:] == ["contact.changed"]
    family.crm.patch("contacts", "con_1", emails=["first@example.com"])
    await family.poll()
    assert _contact("con_1").pending_email == ""


async def test_a_main_email_of_somebody_without_a_login_just_changes(family: Portal) -> None:
    family.crm.patch("contacts", "con_2", emails=["new@example.com"])
    await family.poll()
    assert (_contact("con_2").email, _contact("con_2").pending_email) == ("new@example.com", "")


async def test_why_mail_came_back_is_over_with_another_address_and_stays_with_any_other_change(family: Portal) -> None:
    with transaction() as session:
        mails.note_refusal(session, "books@example.com", "The mail came back: 550 5.1.1.", bounced=True)
    family.crm.patch("contacts", "con_2", name="Renamed")
    await family.poll()
    assert (_contact("con_2").mail_problem, _contact("con_2").mail_bounced) == ("The mail came back: 550 5.1.1.", True)
    family.crm.patch("contacts", "con_2", emails=["new@example.com"])
    await family.poll()
    assert (_contact("con_2").mail_problem, _contact("con_2").mail_bounced) == ("", False)


TOLD = {
    "contact inactive": "contact.disabled",
    "customer inactive": "customer.access_ended",
    "contact deleted": "contact.deleted",
    "customer deleted": "customer.deleted",
    "moved": "contact.moved",
}


@pytest.mark.parametrize("how", list(TOLD))
async def test_access_ends_at_once(family: Portal, how: str) -> None:
    token = _sign_in("con_1")
    assert _stands(token)
    if how == "contact inactive":
        family.crm.patch("contacts", "con_1", active=False)
    elif how == "customer inactive":
        family.crm.patch("customers", "cus_1", active=False)
    elif how == "contact deleted":
        family.crm.delete("contacts", "con_1")
    elif how == "customer deleted":
        family.crm.delete("customers", "cus_1")
    else:
        family.crm.post("customers", external_id="cus_2", name="Somebody else")
        family.crm.patch("contacts", "con_1", customer_id="cus_2")
    await family.poll()
    assert not _stands(token)
    assert rows(select(LoginSession))[0].ended_at is not None
    assert TOLD[how] in _kinds()


async def test_rights_the_office_chose_are_not_taken_back(family: Portal) -> None:
    with transaction() as session:
        contact = session.exec(select(Contact).where(Contact.external_id == "con_4")).one()
        contact.role, contact.rights = "owner", ["pay"]
    family.crm.patch("contacts", "con_4", role="viewer", name="Renamed")
    await family.poll()
    assert (_contact("con_4").role, _contact("con_4").rights, _contact("con_4").name) == ("owner", ["pay"], "Renamed")
