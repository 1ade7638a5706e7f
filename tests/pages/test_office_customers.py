"""The office's pages of customers, called through the gate with real sessions of every role."""

import asyncio
import itertools
from typing import Any

import pytest
from sqlmodel import select

from portal_app import database
from portal_app.components.shell_state import ShellState
from portal_app.models import Business, Contact, ContactChange, Customer, Invoice, Location, Login, Outbox, SecureLink
from portal_app.pages.office.access.state import AccessState
from portal_app.pages.office.customer.state import CustomerState
from portal_app.pages.office.customer_form.state import CustomerFormState
from portal_app.pages.office.customers.state import CustomersState
from portal_app.pages.office.invoice.state import OfficeInvoiceState
from portal_app.pages.office.person.state import PersonState
from portal_app.services import customer_index
from portal_app.services.rights import Right, Role, StaffRole
from portal_app.workflows import bulk_invites
from tests.pages.tab import Tab, open_tab
from tests.services import people, records

FORM = "__reflex_form_data__"


@pytest.fixture(autouse=True)
def business(database_file) -> None:
    people.make_business()


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


def value(tab: Tab, name: str) -> Any:
    return tab.values[name]


async def test_the_list_searches_filters_and_keeps_its_state_in_the_address():
    sarah()
    people.make_customer("peter@example.com")
    index()
    async with open_tab(cookie()) as tab:
        tab.path = "/office/customers"
        await tab.call(CustomersState.load)
        view = value(tab, "customers_state.view")
        assert [one.sub for one in view.rows] == ["peter@example.com", "sarah@example.com"]
        assert view.count == "2 customers"
        tab.path = "/office/customers?q=sarah&filter=never"
        await tab.call(CustomersState.load)
        view = value(tab, "customers_state.view")
        assert [one.sub for one in view.rows] == ["sarah@example.com"]
        assert (view.typed, view.show, view.count) == ("sarah", "never", "1 customer")
        await tab.call(CustomersState.search, form=form(q="pe & ter"))
        assert tab.redirects == ["/office/customers?q=pe+%26+ter&filter=never"]
        tab.path = "/office/customers?q=nobody"
        await tab.call(CustomersState.load)
        assert value(tab, "customers_state.view").none == "search"
        assert tab.failures == []


@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "q=" + "x" * 9000,
        "filter=__class__",
        "after=../../etc",
        "after=" + "A" * 64,
        "before=nobody&after=nobody",
        "q[]=1&q=2",
        "q=%F0%9F%A6%8A'%22;--",
        "=&&&=",
    ],
)
async def test_addresses_nobody_gave_out_show_a_list(query):
    sarah()
    async with open_tab(cookie()) as tab:
        tab.path = f"/office/customers?{query}"
        await tab.call(CustomersState.load)
        assert value(tab, "customers_state.loaded")
        assert tab.failures == []


async def test_the_list_goes_on_and_back():
    with database.transaction() as session:
        session.add_all([Customer(name=f"Customer {n:03}") for n in range(60)])
    index()
    async with open_tab(cookie()) as tab:
        seen = []
        tab.path = "/office/customers"
        await tab.call(CustomersState.load)
        while True:
            view = value(tab, "customers_state.view")
            seen += [one.name for one in view.rows]
            if not view.after:
                break
            tab.path = view.after
            await tab.call(CustomersState.load)
        assert seen == [f"Customer {n:03}" for n in range(60)]
        tab.path = value(tab, "customers_state.view").before
        await tab.call(CustomersState.load)
        assert [one.name for one in value(tab, "customers_state.view").rows] == seen[25:50]


async def test_inviting_many_counts_first_and_sends_nobody_two():
    for n in range(3):
        people.make_customer(f"c{n}@example.com")
    with database.transaction() as session:
        for contact in session.exec(select(Contact)):
            contact.login_id = None
        gone = Customer(name="No mail", portal_access=False)
        session.add(gone)
        session.flush()
        session.add(Contact(customer_id=gone.id or 0, name="Nobody", email=""))
        for customer in session.exec(select(Customer)):
            customer.portal_access = False
    index()
    token = cookie()
    actor = people.actor_of(token)
    async with open_tab(token) as tab:
        tab.path = "/office/customers?filter=off"
        await tab.call(CustomersState.load)
        await tab.call(CustomersState.ask, ticks=form())
        asked = value(tab, "customers_state.asked")
        assert asked.sentence.startswith("Of 4 customers, 4 will have portal access switched on, and 3 people")
        assert asked.lines == ["1 person without a valid e-mail address: nothing can be sent."]
        assert kept(Outbox) == []
        await tab.call(CustomersState.invite)
        await bulk_invites.wait(actor)  # type: ignore[arg-type]
        await tab.call(CustomersState.load)
        first = [one.payload["to"] for one in kept(Outbox) if one.payload["mail"] == "invitation"]
        assert sorted(first) == ["c0@example.com", "c1@example.com", "c2@example.com"]
        assert all(one.portal_access for one in kept(Customer))
        tab.path = "/office/customers"
        await tab.call(CustomersState.load)
        await tab.call(CustomersState.ask, ticks=form())
        assert value(tab, "customers_state.asked").go == ""
        await tab.call(CustomersState.invite)
        await bulk_invites.wait(actor)  # type: ignore[arg-type]
        assert len([one for one in kept(Outbox) if one.payload["mail"] == "invitation"]) == 3
        assert tab.failures == []


async def test_only_the_ticked_ones_are_invited():
    people.make_customer("a@example.com")
    people.make_customer("b@example.com")
    with database.transaction() as session:
        for contact in session.exec(select(Contact)):
            contact.login_id = None
    index()
    chosen = row(Customer, 1).public_id
    token = cookie()
    async with open_tab(token) as tab:
        tab.path = "/office/customers"
        await tab.call(CustomersState.ask, ticks=form(**{f"tick-{chosen}": "on", "tick-../x": "on", "other": "1"}))
        assert value(tab, "customers_state.asked").go == "Invite 1 person"
        await tab.call(CustomersState.invite)
        await bulk_invites.wait(people.actor_of(token))  # type: ignore[arg-type]
        assert [one.payload["to"] for one in kept(Outbox)] == ["a@example.com"]


async def test_the_profile_shows_every_tab_and_acts():
    person = sarah()
    records.add_invoice(person.customer_id or 0)
    records.add_visit(person.customer_id or 0)
    records.add_quote(person.customer_id or 0)
    async with open_tab(cookie()) as tab:
        for name in ("overview", "people", "links", "jobs", "invoices", "activity", "nonsense"):
            tab.path = path_of(person, f"?tab={name}")
            await tab.call(CustomerState.load)
            assert value(tab, "customer_state.loaded"), name
            assert value(tab, "customer_state.view").head.name == "Household of sarah@example.com"
        tab.path = path_of(person, "?tab=people")
        await tab.call(CustomerState.load)
        await tab.call(CustomerState.invite, person=contact_id(person))
        assert value(tab, "customer_state.view").people[0].state == "Invited"
        await tab.call(CustomerState.disable, person=contact_id(person))
        assert value(tab, "customer_state.view").people[0].state == "Disabled"
        await tab.call(CustomerState.invite, person=contact_id(person))
        assert "is disabled" in value(tab, "customer_state.wrong")
        await tab.call(CustomerState.enable, person=contact_id(person))
        await tab.call(CustomerState.reset_password, person=contact_id(person))
        assert value(tab, "customer_state.told").startswith("A link to choose")
        await tab.call(CustomerState.access_off)
        assert not row(Customer, person.customer_id).portal_access
        await tab.call(CustomerState.copy_portal_link)
        assert "Portal access is off" in value(tab, "customer_state.wrong")
        await tab.call(CustomerState.access_on)
        assert tab.failures == []


async def test_links_are_made_shown_once_sent_again_and_revoked():
    person = sarah()
    records.add_invoice(person.customer_id or 0)
    async with open_tab(cookie()) as tab:
        tab.path = path_of(person, "?tab=links")
        await tab.call(CustomerState.load)
        view = value(tab, "customer_state.view")
        target = next(one.value for one in view.targets if one.value.startswith("invoice:"))
        await tab.call(CustomerState.make_link, form=form(target=target, person=contact_id(person), how="copy"))
        address = value(tab, "customer_state.new_link")
        assert "/l/" in address
        await tab.call(CustomerState.forget_link)
        assert value(tab, "customer_state.new_link") == ""
        await tab.call(CustomerState.make_link, form=form(target="portal", person="", how="send"))
        assert [one.payload["mail"] for one in kept(Outbox)] == ["link"]
        first = value(tab, "customer_state.view").links[0]
        await tab.call(CustomerState.resend_link, link=first.public_id)
        assert len(kept(Outbox)) == 2
        await tab.call(CustomerState.revoke_link, link=first.public_id)
        assert value(tab, "customer_state.view").links[0].state == "Revoked"
        await tab.call(CustomerState.resend_link, link=first.public_id)
        assert "was revoked" in value(tab, "customer_state.wrong")
        await tab.call(CustomerState.revoke_all_links)
        assert all(one.revoked_at for one in kept(SecureLink))
        for bad in ("invoice:nobody", "nonsense:x", "::", "invoice"):
            await tab.call(CustomerState.make_link, form=form(target=bad, how="copy"))
            assert value(tab, "customer_state.wrong")
            assert value(tab, "customer_state.new_link") == ""
        assert tab.failures == []


async def test_a_pending_address_is_accepted_or_refused_and_only_the_one_that_was_seen():
    person = sarah()
    people.change(Contact, person.contact_id, pending_email="new@example.com")
    async with open_tab(cookie()) as tab:
        tab.path = path_of(person, "?tab=people")
        await tab.call(CustomerState.accept_email, person=contact_id(person), email="other@example.com")
        assert "now wants new@example.com" in value(tab, "customer_state.wrong")
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
            assert value(tab, "customer_state.wrong") == "We could not find that."
        assert row(Contact, other.contact_id).disabled_at is None
        for path in ("/office/customers/nobody12345", "/office/customers/..", "/office/customers/%00", "/office"):
            tab.path = path
            await tab.call(CustomerState.load)
            assert value(tab, "customer_state.trouble").kind == "lost"
            assert value(tab, "customer_state.view").head.name == ""
        assert tab.failures == []


async def test_a_customer_is_added_with_a_person_a_property_and_access_and_found_at_once():
    async with open_tab(cookie()) as tab:
        tab.path = "/office/customers/new"
        await tab.call(CustomerFormState.load_new)
        await tab.call(CustomerFormState.create, form=form(name="  ", number="7", person_email="no address"))
        wrong = value(tab, "customer_form_state.wrong")
        assert wrong["name"] == "The name is missing."
        assert "does not look like" in wrong["person_email"]
        assert kept(Customer) == []
        await tab.call(
            CustomerFormState.create,
            form=form(
                name="Nora  New",
                kind="person",
                number="7",
                line1="1 Mill Lane",
                city="Bath",
                person_email="Nora@Example.com",
                person_mobile="07700 900123",
                portal="on",
            ),
        )
        (customer,), (contact,), (place,) = kept(Customer), kept(Contact), kept(Location)
        assert (customer.name, customer.portal_access) == ("Nora New", True)
        assert (contact.name, contact.email, contact.role) == ("Nora New", "nora@example.com", "owner")
        assert place.address["city"] == "Bath"
        assert tab.redirects == [f"/office/customers/{customer.public_id}"]
        await tab.call(CustomerFormState.create, form=form(name="Another", number="7"))
        assert "has this number already" in value(tab, "customer_form_state.wrong")["number"]
        tab.path = "/office/customers?q=nora 900123 mill"
        await tab.call(CustomersState.load)
        assert [one.name for one in value(tab, "customers_state.view").rows] == ["Nora New"]
        assert tab.failures == []


async def test_a_customer_of_the_crm_cannot_be_changed_here():
    person = sarah()
    connection = records.add_connection(None)
    people.change(Customer, person.customer_id, connection_id=connection, external_id="c1")
    people.change(Contact, person.contact_id, connection_id=connection, external_id="k1")
    async with open_tab(cookie()) as tab:
        tab.path = path_of(person, "/edit")
        await tab.call(CustomerFormState.load)
        assert "belongs to the CRM" in value(tab, "customer_form_state.trouble").sentence
        await tab.call(CustomerFormState.save, form=form(name="Mine"))
        await tab.call(CustomerFormState.save_place, form=form(line1="1 Mine"))
        tab.path = path_of(person, f"/people/{contact_id(person)}")
        await tab.call(PersonState.save, form=form(name="Mine", role="owner"))
        assert "belongs to the CRM" in value(tab, "person_state.message")
        assert row(Customer, person.customer_id).name != "Mine"
        assert row(Contact, person.contact_id).name != "Mine"
        assert kept(Location) == []


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
        assert value(tab, "person_state.unsaved")
        assert row(Contact, person.contact_id).role == "owner"
        await tab.call(PersonState.save_rights)
        assert not value(tab, "person_state.unsaved")
        actor: Any = people.actor_of(token)
        assert actor.rights == {Right.VIEW_MONEY, Right.VIEW_QUOTES, Right.MESSAGE, Right.DOCUMENTS}
        assert actor.places(Right.VIEW_MONEY) == {mill}
        assert actor.places(Right.VIEW_QUOTES) is None
        await tab.call(PersonState.limit, on=True)
        await tab.call(PersonState.save_rights)
        assert value(tab, "person_state.message") == "Choose at least one property, or all of them."
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
        assert not value(tab, "person_state.unsaved")
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
            assert value(tab, "access_state.wrong_days"), days
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
        assert value(tab, "office_invoice_state.paper").heading == "Invoice 2291"
        await tab.call(OfficeInvoiceState.copy_link)
        assert "/l/" in value(tab, "office_invoice_state.new_link")
        await tab.call(OfficeInvoiceState.send_link)
        assert [one.payload["facts"]["what"] for one in kept(Outbox)] == ["invoice 2291"]
        assert {one.target_kind for one in kept(SecureLink)} == {"invoice"}
        tab.path = "/office/invoices/nobody"
        await tab.call(OfficeInvoiceState.load)
        assert not value(tab, "office_invoice_state.loaded")
        assert tab.failures == []


ACTS: dict[str, tuple[Any, dict[str, Any], set[StaffRole]]] = {
    "access_on": (CustomerState.access_on, {}, {StaffRole.OWNER, StaffRole.MANAGER, StaffRole.OFFICE}),
    "access_off": (CustomerState.access_off, {}, {StaffRole.OWNER, StaffRole.MANAGER}),
    "invite": (CustomerState.invite, {"person": "{}"}, {StaffRole.OWNER, StaffRole.MANAGER, StaffRole.OFFICE}),
    "disable": (CustomerState.disable, {"person": "{}"}, {StaffRole.OWNER, StaffRole.MANAGER}),
    "reset": (CustomerState.reset_password, {"person": "{}"}, {StaffRole.OWNER, StaffRole.MANAGER, StaffRole.OFFICE}),
    "link": (CustomerState.copy_portal_link, {}, {StaffRole.OWNER, StaffRole.MANAGER, StaffRole.OFFICE}),
    "revoke": (CustomerState.revoke_all_links, {}, {StaffRole.OWNER, StaffRole.MANAGER, StaffRole.OFFICE}),
    "bulk": (CustomersState.ask, {"ticks": {FORM: []}}, {StaffRole.OWNER, StaffRole.MANAGER, StaffRole.OFFICE}),
    "create": (
        CustomerFormState.create,
        {"form": {FORM: [["name", "X"]]}},
        {StaffRole.OWNER, StaffRole.MANAGER, StaffRole.OFFICE},
    ),
    "rights": (PersonState.save_rights, {}, {StaffRole.OWNER, StaffRole.MANAGER, StaffRole.OFFICE}),
    "settings": (AccessState.save, {"form": {FORM: [["link_days", "5"]]}}, {StaffRole.OWNER}),
    "list": (CustomersState.load, {}, set(StaffRole)),
    "profile": (CustomerState.load, {}, set(StaffRole)),
}


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("role", StaffRole)
async def test_what_each_role_may_do(name, role):
    act, payload, allowed = ACTS[name]
    person = sarah()
    before = [(one.portal_access, one.name) for one in kept(Customer)]
    given = {key: contact_id(person) if given == "{}" else given for key, given in payload.items()}
    async with open_tab(cookie(role)) as tab:
        tab.path = path_of(person)
        await tab.call(act, **given)
        if role in allowed:
            assert "/" not in tab.redirects
        else:
            assert tab.redirects == ["/"]
            assert [(one.portal_access, one.name) for one in kept(Customer)] == before
            assert (kept(Outbox), kept(SecureLink), row(Business, 1).link_days) == ([], [], 14)
        assert tab.failures == []


@pytest.mark.parametrize("name", ACTS)
async def test_customers_and_strangers_do_nothing_of_it(name):
    act, payload, _ = ACTS[name]
    person = sarah()
    given = {key: contact_id(person) if given == "{}" else given for key, given in payload.items()}
    for token in (people.start_session(person), "", "x" * 43):
        async with open_tab(token) as tab:
            tab.path = path_of(person)
            await tab.call(act, **given)
            assert tab.redirects
            assert "sarah@example.com" not in str(tab.values)
    assert (kept(Outbox), kept(SecureLink)) == ([], [])


async def test_two_of_the_office_at_once_leave_one_state_and_whole_facts():
    person = sarah()
    first, second = cookie(), cookie(StaffRole.MANAGER)
    async with open_tab(first) as one, open_tab(second) as two:
        one.path = two.path = path_of(person)
        await asyncio.gather(
            *(
                tab.call(act)
                for _ in range(4)
                for tab, act in ((one, CustomerState.access_off), (two, CustomerState.access_on))
            )
        )
        assert (one.failures, two.failures) == ([], [])
    told = people.kinds(lambda kind: kind.startswith("customer.access_"))
    # Every fact is a change: on follows off, and what is last said is so.
    assert all(a != b for a, b in itertools.pairwise(told))
    assert row(Customer, person.customer_id).portal_access == (not told or told[-1] == "customer.access_on")


async def test_a_role_of_the_form_must_be_one():
    person = sarah()
    async with open_tab(cookie()) as tab:
        tab.path = path_of(person, "/people/new")
        await tab.call(PersonState.load)
        await tab.call(PersonState.save, form=form(name="Bea", role="god", email="bea@example"))
        assert set(value(tab, "person_state.wrong")) == {"role", "email"}
        await tab.call(PersonState.save, form=form(name="Bea", role=Role.VIEWER.value, email="sarah@example.com"))
        assert len(kept(Contact)) == 2
        await tab.call(PersonState.look_up, email="sarah@example.com")
        assert "has this address" in value(tab, "person_state.hint")
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
        (shown,) = value(tab, "customer_state.view").changes
        assert shown.conflict
        assert "Newname" in str(shown)
        assert "Crmname" in str(shown)
        await tab.call(getattr(CustomerState, decide), change=public_id)
        assert [one for one in value(tab, "customer_state.view").changes if one.conflict] == []
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
        (choice,) = [one for one in value(tab, "customer_state.view").targets if "Visit" in one.word]
        assert choice.word == "Visit on 25 Nov: Bath tap drips"
        await tab.call(CustomerState.make_link, form=form(target=choice.value, person="", how="copy"))
        assert tab.failures == []
    (link,) = kept(SecureLink)
    assert (link.target_kind, link.target_id) == ("visit", visit)


@pytest.mark.parametrize(
    ("role", "hidden"),
    [
        (StaffRole.OWNER, []),
        (StaffRole.MANAGER, ["/office/settings/access", "/office/settings/mail"]),
        (StaffRole.READER, ["/office/settings/access", "/office/settings/mail"]),
    ],
)
async def test_the_navigation_leaves_out_what_a_role_may_not_open(role: StaffRole, hidden: list[str]):
    async with open_tab(cookie(role)) as tab:
        await tab.call(ShellState.load)
        assert tab.values.get("shell_state.without", []) == hidden
