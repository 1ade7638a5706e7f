"""On to Stripe's page: only for the one who began, while it waits, and with the right to pay."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from starlette.applications import Starlette

from portal_app import clock
from portal_app.database import transaction
from portal_app.endpoints import pay
from portal_app.models import Contact, PaymentAttempt
from portal_app.services.rights import Right
from tests.services import people
from tests.services.people import Person, start_session

PAGE = "https://checkout.stripe.example/c/pay/cs_1"


@pytest.fixture
def browser_app(database_file) -> Starlette:
    return Starlette(routes=pay.ROUTES)


@pytest.fixture
def sarah() -> Person:
    people.make_business()
    return people.make_customer("sarah@example.com")


def begun(person: Person) -> str:
    """Write a try whose page is open and return where it is led to."""
    with transaction() as session:
        attempt = PaymentAttempt(
            customer_id=person.customer_id or 0,
            contact_id=person.contact_id or 0,
            currency="GBP",
            amount_minor=1,
            way="checkout",
            state="open",
            key_mark="k",
            stripe_customer="cus_1",
            checkout_url=PAGE,
            expires_at=clock.now() + timedelta(minutes=40),
        )
        session.add(attempt)
        session.flush()
        return f"/pay/{attempt.public_id}"


async def leads(browser: Callable, path: str, person: Person | None) -> str:
    client = browser()
    if person:
        client.cookies.set("porchlight_session", start_session(person))
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["cache-control"]) == (303, "no-store")
    return answer.headers["location"]


async def test_it_works(browser, sarah: Person):
    path = begun(sarah)
    assert await leads(browser, path, sarah) == PAGE
    people.change(PaymentAttempt, 1, state="succeeded")
    assert await leads(browser, path, sarah) == path.replace("/pay/", "/payments/")


async def test_the_session_is_found_in_any_of_several_cookie_headers(browser, sarah: Person):
    cookies = [("cookie", "theme=dark"), ("cookie", f"porchlight_session={start_session(sarah)}")]
    answer = await browser().get(begun(sarah), headers=cookies)
    assert answer.headers["location"] == PAGE


async def test_nobody_else_is_led_there(browser, sarah: Person):
    path = begun(sarah)
    page = path.replace("/pay/", "/payments/")
    assert await leads(browser, path, None) == f"/login?next={page}"
    assert await leads(browser, path, people.make_customer("other@example.com")) == page
    people.change(Contact, sarah.contact_id, rights=sorted(set(Right) - {Right.PAY}))
    assert await leads(browser, path, sarah) == page
