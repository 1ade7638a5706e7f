import httpx
import pytest
from sqlmodel import select
from starlette.applications import Starlette

from portal_app import database
from portal_app.demo import accounts, doors, seed
from portal_app.endpoints import auth
from portal_app.models import Activity, Business, Contact, Customer, Login, StaffMember, StaffPermission
from portal_app.services import business
from portal_app.settings import get_settings


@pytest.fixture(autouse=True)
def _seeded(database_file):
    seed.load(get_settings())


def arrive(*emails: str) -> None:
    """Write the people as the import does: without access."""
    with database.transaction() as session:
        for email in emails:
            customer = Customer(name=email)
            session.add(customer)
            session.flush()
            session.add(Contact(customer_id=customer.id or 0, name=email, email=email))


def counts() -> list[int]:
    tables = (Business, Login, StaffMember, StaffPermission, Activity)
    with database.reading() as session:
        return [len(session.exec(select(table)).all()) for table in tables]


async def lands_at(email: str) -> str:
    transport = httpx.ASGITransport(Starlette(routes=auth.ROUTES))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        data = {"email": email, "password": accounts.PASSWORD}
        answer = await client.post("/auth/login", data=data, headers={"Origin": "http://localhost:8000"})
    return answer.headers["location"]


async def test_the_demos_people_can_sign_in_once_their_data_has_arrived():
    assert business.look().name == "Hartley Heating & Plumbing"
    assert await lands_at(accounts.OFFICE) == "/office/customers"
    assert not doors.open_once()
    assert await lands_at(accounts.CUSTOMER) == "/login?e=wrong"
    arrive(accounts.CUSTOMER)
    assert not doors.open_once()
    arrive(accounts.NEIGHBOUR, "somebody.else@example.com")
    assert doors.open_once()
    assert [await lands_at(email) for email in (accounts.CUSTOMER, accounts.NEIGHBOUR)] == ["/home", "/home"]
    assert await lands_at("somebody.else@example.com") == "/login?e=wrong"


def test_starting_again_changes_nothing():
    arrive(accounts.CUSTOMER, accounts.NEIGHBOUR)
    assert doors.open_once()
    before = counts()
    seed.load(get_settings())
    assert doors.open_once()
    assert counts() == before


def test_access_that_was_switched_off_in_the_demo_stays_off():
    arrive(accounts.CUSTOMER, accounts.NEIGHBOUR)
    assert doors.open_once()
    with database.transaction() as session:
        customer = session.exec(select(Customer)).first()
        assert customer
        customer.portal_access = False
    assert doors.open_once()
    with database.reading() as session:
        assert [row.portal_access for row in session.exec(select(Customer))] == [False, True]


def test_every_account_that_is_printed_exists():
    arrive(accounts.CUSTOMER, accounts.NEIGHBOUR)
    assert doors.open_once()
    with database.reading() as session:
        assert {email for email, _ in accounts.ACCOUNTS} == set(session.exec(select(Login.email)))
