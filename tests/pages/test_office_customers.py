"""The office's list of customers and the form of one, called through the gate with real sessions."""

import pytest
from sqlmodel import select

from portal_app import database
from portal_app.models import Contact, Customer, Location, Outbox
from portal_app.pages.office.customer_form.state import CustomerFormState
from portal_app.pages.office.customers.state import CustomersState
from portal_app.pages.office.person.state import PersonState
from portal_app.services.rights import Role
from portal_app.workflows import bulk_invites
from tests.pages.office import contact_id, cookie, form, index, kept, path_of, row, sarah
from tests.pages.tab import open_tab
from tests.services import people, records


@pytest.fixture(autouse=True)
def business(database_file) -> None:
    people.make_business()


async def test_the_list_searches_filters_and_keeps_its_state_in_the_address():
    sarah()
    people.make_customer("peter@example.com")
    index()
    async with open_tab(cookie()) as tab:
        tab.path = "/office/customers"
        await tab.call(CustomersState.load)
        view = tab.values["customers_state.view"]
        assert [one.sub for one in view.rows] == ["peter@example.com", "sarah@example.com"]
        assert view.count == "2 customers"
        tab.path = "/office/customers?q=sarah&filter=never"
        await tab.call(CustomersState.load)
        view = tab.values["customers_state.view"]
        assert [one.sub for one in view.rows] == ["sarah@example.com"]
        assert (view.typed, view.show, view.count) == ("sarah", "never", "1 customer")
        await tab.call(CustomersState.search, form=form(q="pe & ter"))
        assert tab.redirects == ["/office/customers?q=pe+%26+ter&filter=never"]
        tab.path = "/office/customers?q=nobody"
        await tab.call(CustomersState.load)
        assert tab.values["customers_state.view"].none == "search"
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
        assert tab.values["customers_state.loaded"]
        assert tab.failures == []


@pytest.mark.parametrize("query", ["", "?q=customer", "?q=cust&filter=off", "?q=cust+0", "?q=0&filter=off"])
async def test_the_list_goes_on_and_back(query: str):
    with database.transaction() as session:
        session.add_all([Customer(name=f"Customer {n:03}") for n in range(60)])
    index()
    async with open_tab(cookie()) as tab:
        seen = []
        tab.path = f"/office/customers{query}"
        await tab.call(CustomersState.load)
        while True:
            view = tab.values["customers_state.view"]
            seen += [one.name for one in view.rows]
            if not view.after:
                break
            tab.path = view.after
            await tab.call(CustomersState.load)
        assert seen == [f"Customer {n:03}" for n in range(60)]
        tab.path = tab.values["customers_state.view"].before
        await tab.call(CustomersState.load)
        assert [one.name for one in tab.values["customers_state.view"].rows] == seen[25:50]


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
        asked = tab.values["customers_state.asked"]
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
        assert tab.values["customers_state.asked"].go == ""
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
        assert tab.values["customers_state.asked"].go == "Invite 1 person"
        await tab.call(CustomersState.invite)
        await bulk_invites.wait(people.actor_of(token))  # type: ignore[arg-type]
        assert [one.payload["to"] for one in kept(Outbox)] == ["a@example.com"]


async def test_a_customer_is_added_with_a_person_a_property_and_access_and_found_at_once():
    async with open_tab(cookie()) as tab:
        tab.path = "/office/customers/new"
        await tab.call(CustomerFormState.load_new)
        await tab.call(CustomerFormState.create, form=form(name="  ", number="7", person_email="no address"))
        wrong = tab.values["customer_form_state.wrong"]
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
        assert "has this number already" in tab.values["customer_form_state.wrong"]["number"]
        tab.path = "/office/customers?q=nora 900123 mill"
        await tab.call(CustomersState.load)
        assert [one.name for one in tab.values["customers_state.view"].rows] == ["Nora New"]
        assert tab.failures == []


async def test_a_customer_of_the_crm_cannot_be_changed_here():
    person = sarah()
    connection = records.add_connection(None)
    people.change(Customer, person.customer_id, connection_id=connection, external_id="c1")
    people.change(Contact, person.contact_id, connection_id=connection, external_id="k1")
    async with open_tab(cookie()) as tab:
        tab.path = path_of(person, "/edit")
        await tab.call(CustomerFormState.load)
        assert "belongs to the CRM" in tab.values["customer_form_state.trouble"].sentence
        await tab.call(CustomerFormState.save, form=form(name="Mine"))
        await tab.call(CustomerFormState.save_place, form=form(line1="1 Mine"))
        tab.path = path_of(person, f"/people/{contact_id(person)}")
        await tab.call(PersonState.save, form=form(name="Mine", role="owner"))
        assert "belongs to the CRM" in tab.values["person_state.message"]
        assert row(Customer, person.customer_id).name != "Mine"
        assert row(Contact, person.contact_id).name != "Mine"
        assert kept(Location) == []


async def test_a_role_of_the_form_must_be_one():
    person = sarah()
    async with open_tab(cookie()) as tab:
        tab.path = path_of(person, "/people/new")
        await tab.call(PersonState.load)
        await tab.call(PersonState.save, form=form(name="Bea", role="god", email="bea@example"))
        assert set(tab.values["person_state.wrong"]) == {"role", "email"}
        await tab.call(PersonState.save, form=form(name="Bea", role=Role.VIEWER.value, email="sarah@example.com"))
        assert len(kept(Contact)) == 2
        await tab.call(PersonState.look_up, email="sarah@example.com")
        assert "has this address" in tab.values["person_state.hint"]
        assert tab.failures == []
