"""Money that pays no invoice is used on a payment's page, and shown to its customer; called through the gate."""

from typing import Any

import pytest

from portal_app import clock
from portal_app.database import transaction
from portal_app.models import Contact, Customer, Invoice, Payment
from portal_app.pages.office.payment.state import OfficePaymentState
from portal_app.pages.office.payment.views import UseView
from portal_app.pages.payments.state import OwnPaymentsState
from portal_app.services.recorded_payments import Recorded, record
from portal_app.services.rights import StaffRole
from portal_app.workflows.sync_attempt import sync_attempt
from tests.pages.office import cookie, form
from tests.pages.tab import Tab, open_tab, tabs
from tests.services import people
from tests.workflows.money import Money, run


@pytest.fixture
def paid(till: Money) -> Payment:
    """Cash over 150.00 that was recorded without an invoice."""
    clerk: Any = people.actor_of(people.start_session(people.make_staff("clerk@example.com")))
    with transaction() as session:
        customer = session.get_one(Customer, till.payer.customer_id).public_id
        record(session, clerk, customer, Recorded((), 15000, "GBP", "cash", clock.now().date()))
    return till.payments()[-1]


def value(tab: Tab, name: str) -> Any:
    return tab.values.get(f"office_payment_state.{name}")


async def test_it_is_used_once_however_often_it_is_pressed(till: Money, paid: Payment):
    async with open_tab(cookie(StaffRole.OFFICE)) as tab:
        tab.path = f"/office/payments/{paid.public_id}"
        await tab.call(OfficePaymentState.load)
        use = value(tab, "use")
        assert (use.left, use.amount, [one.title for one in use.invoices]) == (
            "£150.00",
            "150.00",
            ["Invoice 2290", "Invoice 2291"],
        )
        assert [one.note.endswith("left") for one in use.invoices] == [True, True]
        await tab.call(OfficePaymentState.choose_invoice, invoice=till.invoices[1])
        use = value(tab, "use")
        assert (use.amount, [one.chosen for one in use.invoices]) == ("100.00", [False, True])
        pressed = form(invoice=till.invoices[1], use_amount="£50.04", puts=use.puts)
        await tab.call(OfficePaymentState.use_it, form=pressed)
        await tab.call(OfficePaymentState.use_it, form=pressed)
        assert (value(tab, "told"), value(tab, "wrong")) == ("£50.04 was used for invoice 2291.", "")
        assert [(one.number, one.amount) for one in value(tab, "view").parts] == [("2291", "£50.04")]
        use = value(tab, "use")
        assert (use.left, use.amount, use.puts) == ("£99.96", "99.96", "1")
        await tab.call(
            OfficePaymentState.use_it, form=form(invoice=till.invoices[0], use_amount="99.96", puts=use.puts)
        )
        assert value(tab, "use") == UseView()
        assert (tab.failures, tab.redirects) == ([], [])
    assert (till.left(0), till.left(1)) == (24000 - 9996, 10000 - 5004)


@pytest.fixture
def disputed(till: Money) -> Payment:
    """The first invoice, paid by card and disputed."""
    attempt, page = till.begin(0)
    till.stripe.pay(page)
    run(sync_attempt(attempt))
    [payment] = till.payments()
    till.stripe.act(f"payments/{payment.intent_id}/dispute")
    run(sync_attempt(attempt))
    return payment


async def test_an_invoice_that_is_disputed_is_not_chosen_by_itself(till: Money, disputed: Payment, paid: Payment):
    async with open_tab(cookie(StaffRole.OFFICE)) as tab:
        tab.path = f"/office/payments/{paid.public_id}"
        await tab.call(OfficePaymentState.load)
        use = value(tab, "use")
        assert ([one.chosen for one in use.invoices], use.amount) == ([False, True], "100.00")
        assert "disputed" in use.invoices[0].note
        await tab.call(OfficePaymentState.choose_invoice, invoice=till.invoices[0])
        assert [one.chosen for one in value(tab, "use").invoices] == [True, False]


async def test_another_tab_that_saw_it_before_uses_nothing(till: Money, paid: Payment):
    async with tabs() as browser:
        one, other = browser.open(cookie()), browser.open(cookie(StaffRole.OFFICE))
        for tab in (one, other):
            tab.path = f"/office/payments/{paid.public_id}"
            await tab.call(OfficePaymentState.load)
        pressed = form(invoice=till.invoices[0], use_amount="50", puts=value(one, "use").puts)
        await one.call(OfficePaymentState.use_it, form=pressed)
        await other.call(OfficePaymentState.use_it, form=pressed)
        assert value(other, "wrong").startswith("This payment was used or changed meanwhile.")
        assert value(other, "use").left == "£100.00"
    assert till.left(0) == 19000


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"use_amount": ""}, "use_wrong"),
        ({"use_amount": "-1"}, "use_wrong"),
        ({"use_amount": "0"}, "use_wrong"),
        ({"use_amount": "NaN"}, "use_wrong"),
        ({"use_amount": "1e309"}, "use_wrong"),
        ({"use_amount": "5 EUR"}, "use_wrong"),
        ({"use_amount": "150.01"}, "use_wrong"),
        ({"use_amount": "9" * 600}, "use_wrong"),
        ({"invoice": "nobody"}, "wrong"),
        ({"invoice": ""}, "wrong"),
        ({"puts": ""}, "wrong"),
        ({"puts": "-1"}, "wrong"),
        ({"puts": "9" * 600}, "wrong"),
        ({"puts": "²"}, "wrong"),
    ],
)
async def test_what_cannot_be_used_says_why(till: Money, paid: Payment, changed: dict[str, str], where: str):
    async with open_tab(cookie()) as tab:
        tab.path = f"/office/payments/{paid.public_id}"
        await tab.call(OfficePaymentState.load)
        typed = {"invoice": till.invoices[0], "use_amount": "5", "puts": "0", **changed}
        await tab.call(OfficePaymentState.use_it, form=form(**typed))
        assert value(tab, where).endswith(".")
        assert tab.failures == []
    assert till.left(0) == 24000


async def test_without_an_open_invoice_it_stays(till: Money, paid: Payment):
    for number in (1, 2):
        people.change(Invoice, number, status="paid", balance_minor=0)
    async with open_tab(cookie()) as tab:
        tab.path = f"/office/payments/{paid.public_id}"
        await tab.call(OfficePaymentState.load)
        assert (value(tab, "use").left, value(tab, "use").invoices) == ("£150.00", [])


async def test_who_may_not_is_offered_nothing(till: Money, paid: Payment):
    eve = people.start_session(people.make_customer("eve@example.com"))
    for token, sent in ((cookie(StaffRole.READER), "/"), (eve, None), ("", None)):
        async with open_tab(token) as tab:
            tab.path = f"/office/payments/{paid.public_id}"
            await tab.call(OfficePaymentState.load)
            assert value(tab, "use") in (None, UseView())
            await tab.call(OfficePaymentState.choose_invoice, invoice=till.invoices[0])
            await tab.call(OfficePaymentState.use_it, form=form(invoice=till.invoices[0], use_amount="5", puts="0"))
            assert len(tab.redirects) == (2 if sent else 3)
    assert till.left(0) == 24000


@pytest.mark.parametrize("bad", [7, None, ["x"], {"a": 1}, "x" * 5000, {"__reflex_form_data__": 3}])
async def test_wrong_types_are_refused(till: Money, paid: Payment, bad: Any):
    async with open_tab(cookie()) as tab:
        tab.path = f"/office/payments/{paid.public_id}"
        await tab.call(OfficePaymentState.load)
        await tab.call(OfficePaymentState.use_it, form=bad)
        await tab.call(OfficePaymentState.choose_invoice, invoice=bad)
    assert till.left(0) == 24000


async def test_the_customer_sees_what_is_left_of_it(till: Money, paid: Payment):
    token = people.start_session(people.Person("ann@example.com", 1, till.payer.contact_id, till.payer.customer_id))
    async with open_tab(token) as tab:
        tab.path = "/payments"
        await tab.call(OwnPaymentsState.load)
        line = "You have £150.00 with us. Please ask us to use it or to give it back."
        assert tab.values["own_payments_state.view"].credit == line
        people.change(Contact, till.payer.contact_id, all_locations=False)
    async with open_tab(token) as tab:
        tab.path = "/payments"
        await tab.call(OwnPaymentsState.load)
        assert tab.values["own_payments_state.view"].credit == ""
