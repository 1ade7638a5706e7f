"""Money that the office records itself, called through the gate with real sessions."""

import pytest

from portal_app import clock
from portal_app.pages.office.invoice.state import OfficeInvoiceState
from portal_app.pages.office.record_payment.state import RecordPaymentState
from portal_app.services.rights import StaffRole
from tests.pages.office import cookie, form
from tests.pages.tab import open_tab
from tests.pages.tills import customer_path
from tests.services import people
from tests.workflows.money import Money


async def test_cash_is_recorded_once(till: Money):
    today = clock.now().date().isoformat()
    async with open_tab(cookie(StaffRole.OFFICE)) as tab:
        tab.path = customer_path(till, f"/payments/new?invoice={till.invoices[0]}")
        await tab.call(RecordPaymentState.load)
        view = tab.values["record_payment_state.view"]
        assert (view.amount, [one.chosen for one in view.invoices]) == ("240.00", [True, False])
        await tab.call(RecordPaymentState.choose, invoice=till.invoices[1], on=True)
        assert tab.values["record_payment_state.view"].amount == "340.00"
        typed = {f"invoice_{one}": "on" for one in till.invoices}
        given = form(method="cash", amount="£300", day=today, reference="", evidence="In the till", **typed)
        await tab.call(RecordPaymentState.record, form=given)
        await tab.call(RecordPaymentState.record, form=given)
        [payment] = till.payments()
        assert tab.redirects == [f"/office/payments/{payment.public_id}?told=recorded"] * 2
        assert tab.failures == []
    assert (payment.amount_minor, payment.evidence, payment.receipt_number) == (30000, "In the till", "R-00001")
    assert (till.left(0), till.left(1)) == (0, 4000)
    async with open_tab(people.start_session(people.make_staff("other@example.com", StaffRole.OWNER))) as tab:
        tab.path = customer_path(till, "/payments/new")
        await tab.call(RecordPaymentState.load)
        again = form(method="cash", amount="300", day=today, reference="", evidence="")
        await tab.call(RecordPaymentState.record, form=again)
        await tab.call(RecordPaymentState.agree)
        assert "less than two minutes ago" in tab.values["record_payment_state.wrong"]
    assert len(till.payments()) == 1


async def test_more_than_the_invoice_has_left_is_asked_about_once(till: Money):
    today = clock.now().date().isoformat()
    async with open_tab(cookie(StaffRole.OFFICE)) as tab:
        tab.path = customer_path(till, f"/payments/new?invoice={till.invoices[1]}")
        await tab.call(RecordPaymentState.load)
        slip = form(method="cash", amount="120", day=today, **{f"invoice_{till.invoices[1]}": "on"})
        await tab.call(RecordPaymentState.record, form=slip)
        await tab.call(RecordPaymentState.record, form=slip)
        asked = tab.values["record_payment_state.asked"]
        assert asked.question == "£20.00 of £120.00 pays no invoice. Record it all the same?"
        assert asked.what.startswith("£100.00 pays invoice 2291. £20.00 stays as credit with ")
        await tab.call(RecordPaymentState.think_again)
        await tab.call(RecordPaymentState.agree)
        assert (till.payments(), tab.values["record_payment_state.asked"].question) == ([], "")
        await tab.call(RecordPaymentState.record, form=slip)
        await tab.call(RecordPaymentState.agree)
        await tab.call(RecordPaymentState.agree)
        [payment] = till.payments()
        assert tab.redirects == [f"/office/payments/{payment.public_id}?told=recorded"] * 2
        assert (payment.amount_minor, till.left(1), tab.failures) == (12000, 0, [])


async def test_a_typed_amount_stays_whatever_is_ticked(till: Money):
    async with open_tab(cookie(StaffRole.OFFICE)) as tab:
        tab.path = customer_path(till, "/payments/new")
        await tab.call(RecordPaymentState.load)
        wrong = form(method="cash", amount="", day=clock.now().date().isoformat())
        await tab.call(RecordPaymentState.record, form=wrong)
        assert tab.values["record_payment_state.amount_wrong"] != ""
        await tab.call(RecordPaymentState.typed, amount="500")
        assert tab.values["record_payment_state.amount_wrong"] == ""
        filling = tab.values["record_payment_state.view"].number
        await tab.call(RecordPaymentState.choose, invoice=till.invoices[0], on=True)
        view = tab.values["record_payment_state.view"]
        # The field is filled anew, over what was typed, whenever that number changes.
        assert (view.number, [one.chosen for one in view.invoices]) == (filling, [True, False])
        await tab.call(RecordPaymentState.typed, amount=" ")
        await tab.call(RecordPaymentState.choose, invoice=till.invoices[1], on=True)
        view = tab.values["record_payment_state.view"]
        assert (view.amount, view.number > filling) == ("340.00", True)


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"amount": "0"}, "amount_wrong"),
        ({"amount": ""}, "amount_wrong"),
        ({"amount": "NaN"}, "amount_wrong"),
        ({"day": "yesterday"}, "day_wrong"),
        ({"day": "9999-12-31"}, "wrong"),
        ({"day": "0001-01-01"}, "wrong"),
        ({"method": "card"}, "method_wrong"),
        ({"method": "card", "day": ""}, "day_wrong"),
        ({"invoice_nobody": "on"}, "wrong"),
    ],
)
async def test_what_cannot_be_recorded_says_why(till: Money, changed: dict[str, str], where: str):
    async with open_tab(cookie()) as tab:
        tab.path = customer_path(till, "/payments/new")
        await tab.call(RecordPaymentState.load)
        typed = {"method": "cash", "amount": "5", "day": clock.now().date().isoformat(), **changed}
        await tab.call(RecordPaymentState.record, form=form(**typed))
        await tab.call(RecordPaymentState.agree)
        assert tab.values[f"record_payment_state.{where}"].endswith(".")
        assert (tab.redirects, tab.failures) == ([], [])
    assert till.payments() == []


async def test_a_reader_records_nothing(till: Money):
    async with open_tab(cookie(StaffRole.READER)) as tab:
        tab.path = customer_path(till, "/payments/new")
        await tab.call(RecordPaymentState.load)
        await tab.call(RecordPaymentState.choose, invoice=till.invoices[0], on=True)
        given = form(method="cash", amount="5", day=clock.now().date().isoformat())
        await tab.call(RecordPaymentState.record, form=given)
        assert tab.redirects == ["/"] * 3
        tab.path = f"/office/invoices/{till.invoices[0]}"
        await tab.call(OfficeInvoiceState.load)
        assert tab.values.get("office_invoice_state.record_href", "") == ""
    assert till.payments() == []
