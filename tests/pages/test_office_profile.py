"""A customer's profile in the office, their people and invoices, called through the gate with real sessions."""

import re
from typing import Any

import pytest

from portal_app.models import Business, Contact, ContactChange, Customer, Invoice, Location, Login, Outbox, SecureLink
from portal_app.pages.office.access.state import AccessState
from portal_app.pages.office.customer.state import CustomerState
from portal_app.pages.office.invoice.state import OfficeInvoiceState
from portal_app.pages.office.person.state import PersonState
from portal_app.services.rights import Right
from tests.pages.office import contact_id, cookie, form, kept, path_of, row, sarah
from tests.pages.tab import open_tab
from tests.services import people, records


@pytest.fixture(autouse=True)
def business(database_file) -> None:
    people.make_business()


async def test_the_profile_shows_every_tab_and_acts():
    person = sarah()
    records.add_invoice(person.customer_id or 0)
    records.add_visit(person.customer_id or 0)
    records.add_quote(person.customer_id or 0)
    async with open_tab(cookie()) as tab:
        for name in ("overview", "people", "links", "jobs", "invoices", "activity", "nonsense"):
            tab.path = path_of(person, f"?tab={name}")
            await tab.call(CustomerState.load)
            assert tab.values["customer_state.loaded"], name
            assert tab.values["customer_state.view"].head.name == "Household of sarah@example.com"
        tab.path = path_of(person, "?tab=people")
        await tab.call(CustomerState.load)
        await tab.call(CustomerState.invite, person=contact_id(person))
        assert tab.values["customer_state.view"].people[0].state == "Invited"
        await tab.call(CustomerState.disable, person=contact_id(person))
        assert tab.values["customer_state.view"].people[0].state == "Disabled"
        await tab.call(CustomerState.invite, person=contact_id(person))
        assert "is disabled" in tab.values["customer_state.wrong"]
        await tab.call(CustomerState.enable, person=contact_id(person))
        await tab.call(CustomerState.reset_password, person=contact_id(person))
        assert tab.values["customer_state.told"].startswith("A link to choose")
        await tab.call(CustomerState.access_off)
        assert not row(Customer, person.customer_id).portal_access
        await tab.call(CustomerState.copy_portal_link)
        assert "Portal access is off" in tab.values["customer_state.wrong"]
        await tab.call(CustomerState.access_on)
        assert tab.failures == []


async def test_links_are_made_shown_once_sent_again_and_revoked():
    person = sarah()
    records.add_invoice(person.customer_id or 0)
    async with open_tab(cookie()) as tab:
        tab.path = path_of(person, "?tab=links")
        await tab.call(CustomerState.load)
        view = tab.values["customer_state.view"]
        target = next(one.value for one in view.targets if one.value.startswith("invoice:"))
        await tab.call(CustomerState.make_link, form=form(target=target, person=contact_id(person), how="copy"))
        address = tab.values["customer_state.new_link"]
        assert "/l/" in address
        await tab.call(CustomerState.forget_link)
        assert tab.values["customer_state.new_link"] == ""
        await tab.call(CustomerState.make_link, form=form(target="portal", person="", how="send"))
        assert [one.payload["mail"] for one in kept(Outbox)] == ["link"]
        first = tab.values["customer_state.view"].links[0]
        await tab.call(CustomerState.resend_link, link=first.public_id)
        assert len(kept(Outbox)) == 2
        await tab.call(CustomerState.revoke_link, link=first.public_id)
        assert tab.values["customer_state.view"].links[0].state == "Revoked"
        await tab.call(CustomerState.resend_link, link=first.public_id)
        assert "was revoked" in tab.values["customer_state.wrong"]
        await tab.call(CustomerState.revoke_all_links)
        assert all(one.revoked_at for one in kept(SecureLink))
        for bad in ("invoice:nobody", "nonsense:x", "::", "invoice"):
            await tab.call(CustomerState.make_link, form=form(target=bad, how="copy"))
            assert tab.values["customer_state.wrong"]
            assert tab.values["customer_state.new_link"] == ""
        assert tab.failures == []


async def test_a_record_is_hidden_and_shown_again_and_it_is_said_what_the_customer_sees():
    person = sarah()
    records.add_invoice(person.customer_id or 0)
    records.add_visit(person.customer_id or 0)
    records.add_quote(person.customer_id or 0)
    async with open_tab(cookie()) as tab:
        for name, listed, said in (
            ("jobs", "work", "nor its visits, photos and documents"),
            ("jobs", "quotes", "Quote 1048 is hidden: the customer no longer sees it."),
            ("invoices", "invoices", "and the portal no longer asks for £240.00."),
        ):
            tab.path = path_of(person, f"?tab={name}")
            await tab.call(CustomerState.load)
            (before,) = getattr(tab.values["customer_state.view"], listed)
            await tab.call(CustomerState.show_record, what=before.what, record=before.key, shown=False)
            assert said in tab.values["customer_state.told"]
            assert getattr(tab.values["customer_state.view"], listed)[0].hidden
            await tab.call(CustomerState.show_record, what=before.what, record=before.key, shown=True)
            assert tab.values["customer_state.told"].endswith("is shown: the customer sees it as before.")
            assert getattr(tab.values["customer_state.view"], listed) == [before]
        await tab.call(CustomerState.show_record, what="visit", record=before.key, shown=False)
        assert tab.values["customer_state.wrong"] == "A job, a quote or an invoice can be hidden."
        tab.path = f"/office/invoices/{before.key}"
        await tab.call(OfficeInvoiceState.load)
        await tab.call(OfficeInvoiceState.show_record, shown=False)
        assert tab.values["office_invoice_state.hidden"]
        assert "no longer asks for £240.00" in tab.values["office_invoice_state.told"]
        await tab.call(OfficeInvoiceState.send_link)
        assert "is hidden from the customer" in tab.values["office_invoice_state.wrong"]
        await tab.call(OfficeInvoiceState.show_record, shown=True)
        assert not tab.values["office_invoice_state.hidden"]
        tab.path = path_of(person, "?tab=activity")
        await tab.call(CustomerState.load)
        assert [row.title for row in tab.values["customer_state.view"].history[:2]] == [
            "Invoice 2291 was shown to the customer again",
            "Invoice 2291 was hidden from the customer",
        ]
        assert tab.failures == []


async def test_a_pending_address_is_accepted_or_refused_and_only_the_one_that_was_seen():
    person = sarah()
    people.change(Contact, person.contact_id, pending_email="new@example.com")
    async with open_tab(cookie()) as tab:
        tab.path = path_of(person, "?tab=people")
        await tab.call(CustomerState.accept_email, person=contact_id(person), email="other@example.com")
        assert "now wants new@example.com" in tab.values["customer_state.wrong"]
        await tab.call(CustomerState.accept_email, person=contact_id(person), email="new@example.com")
        contact = row(Contact, person.contact_id)
        assert (contact.email, contact.pending_email) == ("new@example.com", "")
        assert row(Login, contact.login_id).email == "new@example.com"
        assert row(Login, contact.login_id).password_hash is None
        (told,) = kept(Outbox)
        assert (told.payload["mail"], told.payload["to"]) == ("email_changed", "sarah@example.com")
        people.change(Contact, person.contact_id, pending_email="third@example.com")
        await tab.call(CustomerState.refuse_email, person=contact_id(person), email="third@example.com")
        assert row(Contact, person.contact_id).email == "new@example.com"
        assert tab.failures == []


async def test_somebody_of_another_customer_is_not_found_on_this_page():
    person, other = sarah(), people.make_customer("other@example.com")
    async with open_tab(cookie()) as tab:
        tab.path = path_of(person)
        for act in (CustomerState.invite, CustomerState.disable, CustomerState.reset_password):
            await tab.call(act, person=contact_id(other))
            assert tab.values["customer_state.wrong"] == "We could not find that."
        assert row(Contact, other.contact_id).disabled_at is None
        for path in ("/office/customers/nobody12345", "/office/customers/..", "/office/customers/%00", "/office"):
            tab.path = path
            await tab.call(CustomerState.load)
            assert tab.values["customer_state.trouble"].kind == "lost"
            assert tab.values["customer_state.view"].head.name == ""
        assert tab.failures == []


def in_conflict(person: people.Person) -> str:
    """Write a change of a name that the CRM answered with another one; returns its public id."""
    connection = records.add_connection(None)
    people.change(Contact, person.contact_id, connection_id=connection, external_id="con_1", name="Sarah Newname")
    change = ContactChange(
        contact_id=person.contact_id or 0,
        customer_id=person.customer_id or 0,
        base={"name": "Sarah Oldname"},
        change={"name": "Sarah Newname"},
        theirs={"name": "Sally Crmname"},
        state="conflict",
    )
    records.save(change)
    return kept(ContactChange)[0].public_id


@pytest.mark.parametrize(("decide", "name", "sent"), [("keep_ours", "Newname", 1), ("take_theirs", "Crmname", 0)])
async def test_a_conflict_with_the_crm_is_decided_on_the_profile(decide: str, name: str, sent: int):
    person = sarah()
    public_id = in_conflict(person)
    async with open_tab(cookie()) as tab:
        tab.path = path_of(person, "?tab=people")
        await tab.call(CustomerState.load)
        (shown,) = tab.values["customer_state.view"].changes
        assert shown.conflict
        assert "Newname" in str(shown)
        assert "Crmname" in str(shown)
        await tab.call(getattr(CustomerState, decide), change=public_id)
        assert [one for one in tab.values["customer_state.view"].changes if one.conflict] == []
        assert tab.failures == []
    assert name in row(Contact, person.contact_id).name
    commands = [one for one in kept(Outbox) if one.kind == "contact-changes"]
    assert len(commands) == sent
    assert all(one.payload["base"] == {"name": "Sally Crmname"} for one in commands)


async def test_a_link_can_lead_to_a_visit():
    person = sarah()
    visit = records.add_visit(person.customer_id or 0, "Bath tap drips")
    async with open_tab(cookie()) as tab:
        tab.path = path_of(person, "?tab=links")
        await tab.call(CustomerState.load)
        (choice,) = [one for one in tab.values["customer_state.view"].targets if "Visit" in one.word]
        # The year is told once it is another.
        assert re.fullmatch("Visit on 25 Nov( 2026)?: Bath tap drips", choice.word)
        await tab.call(CustomerState.make_link, form=form(target=choice.value, person="", how="copy"))
        assert tab.failures == []
    (link,) = kept(SecureLink)
    assert (link.target_kind, link.target_id) == ("visit", visit)


async def test_rights_are_set_by_role_by_switch_and_by_property():
    person = sarah()
    mill = people.make_location(person, "The mill", visible=False)
    people.make_location(person, "The flat", visible=False)
    token = people.start_session(person)
    async with open_tab(cookie()) as tab:
        tab.path = path_of(person, f"/people/{contact_id(person)}")
        await tab.call(PersonState.load)
        await tab.call(PersonState.choose_role, role="bookkeeper")
        await tab.call(PersonState.switch_right, right="pay", on=False)
        await tab.call(PersonState.limit_right, right="view_money", on=True)
        await tab.call(PersonState.tick_right_place, right="view_money", place=row(Location, mill).public_id, on=True)
        assert tab.values["person_state.unsaved"]
        assert row(Contact, person.contact_id).role == "owner"
        await tab.call(PersonState.save_rights)
        assert not tab.values["person_state.unsaved"]
        actor: Any = people.actor_of(token)
        assert actor.rights == {Right.VIEW_MONEY, Right.VIEW_QUOTES, Right.MESSAGE, Right.DOCUMENTS}
        assert actor.places(Right.VIEW_MONEY) == {mill}
        assert actor.places(Right.VIEW_QUOTES) is None
        await tab.call(PersonState.limit, on=True)
        await tab.call(PersonState.save_rights)
        assert tab.values["person_state.message"] == "Choose at least one property, or all of them."
        await tab.call(PersonState.tick_place, place=row(Location, mill).public_id, on=True)
        await tab.call(PersonState.save_rights)
        actor = people.actor_of(token)
        assert actor.locations == {mill}
        assert people.kinds(lambda kind: kind == "contact.rights_changed") == ["contact.rights_changed"] * 2
        assert tab.failures == []


@pytest.mark.parametrize("bad", [{"role": "god"}, {"role": ["owner"]}, {"role": None}, {}])
async def test_roles_nobody_has_are_refused(bad):
    person = sarah()
    async with open_tab(cookie()) as tab:
        tab.path = path_of(person, f"/people/{contact_id(person)}")
        await tab.call(PersonState.load)
        await tab.call(PersonState.choose_role, **bad)
        assert not tab.values["person_state.unsaved"]
        assert tab.failures == []


async def test_rights_switched_off_for_all_count_at_once():
    person = sarah()
    token = people.start_session(person)
    on = {f"right-{right.value}": "on" for right in Right if right is not Right.VIEW_MONEY}
    async with open_tab(cookie()) as tab:
        tab.path = "/office/settings/access"
        await tab.call(AccessState.load)
        for days in ("", "0", "91", "1.5", "-3", "1e1", "x", "٣"):
            await tab.call(AccessState.save, form=form(link_days=days, **on))
            assert tab.values["access_state.wrong_days"], days
        assert people.actor_of(token).may(Right.VIEW_MONEY)  # type: ignore[union-attr]
        await tab.call(AccessState.save, form=form(link_days="30", **on))
        assert not people.actor_of(token).may(Right.VIEW_MONEY)  # type: ignore[union-attr]
        assert row(Business, 1).link_days == 30
        assert people.kinds(lambda kind: kind == "business.changed") == ["business.changed"]
        assert tab.failures == []


async def test_the_invoice_is_shown_as_its_customer_sees_it_with_links_to_it():
    person = sarah()
    invoice = records.add_invoice(person.customer_id or 0)
    async with open_tab(cookie()) as tab:
        tab.path = f"/office/invoices/{row(Invoice, invoice).public_id}"
        await tab.call(OfficeInvoiceState.load)
        assert tab.values["office_invoice_state.paper"].heading == "Invoice 2291"
        await tab.call(OfficeInvoiceState.copy_link)
        assert "/l/" in tab.values["office_invoice_state.new_link"]
        await tab.call(OfficeInvoiceState.send_link)
        assert [one.payload["facts"]["what"] for one in kept(Outbox)] == ["invoice 2291"]
        assert {one.target_kind for one in kept(SecureLink)} == {"invoice"}
        tab.path = "/office/invoices/nobody"
        await tab.call(OfficeInvoiceState.load)
        assert not tab.values["office_invoice_state.loaded"]
        assert tab.failures == []
