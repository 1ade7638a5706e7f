"""The office's list of payments, payouts and books: called through the gate with real sessions."""

import socket
from datetime import timedelta
from decimal import Decimal

import pytest

from portal_app import clock
from portal_app.components.shell_state import ShellState
from portal_app.database import transaction
from portal_app.integrations.stripe import close_clients
from portal_app.models import Customer, Payment
from portal_app.pages.office.payments.state import PaymentsState
from portal_app.pages.office.payments.views import UNREADABLE
from portal_app.services import record_index
from portal_app.services.rights import StaffRole
from tests.conftest import forget_settings
from tests.pages.office import cookie, form, index, row
from tests.pages.tab import open_tab
from tests.pages.tills import add
from tests.pages.tills import guests_money as guests_money
from tests.pages.tills import paid as paid
from tests.services import people
from tests.services.guests_at_work import ANN
from tests.workflows.money import Money

READERS = [StaffRole.OFFICE, StaffRole.READER]
REFUND = {"amount": "50", "treatment": "reopen", "reason": "Too much"}


async def test_the_list_and_its_filters(till: Money, paid: Payment):
    add(till, "pending")
    add(till, "failed")
    add(till, held="Stripe reports another amount.")
    async with open_tab(cookie()) as tab:
        for query, count in (
            ("", 4),
            ("?show=with_bank", 1),
            ("?show=failed", 1),
            ("?show=decide", 1),
            ("?show=paid", 2),
            ("?show=refunded", 0),
            ("?show=nonsense", 4),
            ("?after=nobody", 4),
            (f"?after={paid.public_id}", 3),
        ):
            tab.path = f"/office/payments{query}"
            await tab.call(PaymentsState.load)
            assert len(tab.values["payments_state.view"].rows) == count, query
        await tab.call(ShellState.load)
        assert tab.values["shell_state.to_decide"] == 1
        first = tab.values["payments_state.view"].rows[0]
        assert (first.state, first.tone) == ("To decide", "overdue")
        assert tab.failures == []


async def test_payments_are_found(till: Money, guests_money: Payment):
    with transaction() as session:
        record_index.write_missing(session, "invoice", 0)
    index()
    old = clock.now() - timedelta(days=40)
    add(till, "failed", paid_at=old)
    other = people.make_customer("eve@example.com")
    index()
    add(till, dispute="open", customer_id=other.customer_id, amount_minor=123456, receipt_number="R-00777")
    mine, theirs = (row(Customer, one).public_id for one in (till.payer.customer_id, other.customer_id))
    day = old.date().isoformat()
    async with open_tab(cookie(StaffRole.READER)) as tab:
        for query, amounts in (
            ("", ["£240.00", "£1,234.56", "£1.00"]),
            (f"q={ANN.name}", ["£240.00"]),
            ("q=2290", ["£240.00"]),
            ("q=Invoice+2290+240", ["£240.00"]),
            ("q=eve@example.com", ["£1,234.56"]),
            ("q=1,234", ["£1,234.56"]),
            ("q=r-00777", ["£1,234.56"]),
            ("q=%25", ["£240.00", "£1,234.56", "£1.00"]),
            ("q=nobody", []),
            ("show=disputed", ["£1,234.56"]),
            ("show=decide", ["£1,234.56"]),
            (f"customer={theirs}", ["£1,234.56"]),
            (f"customer={mine}&show=failed", ["£1.00"]),
            ("customer=nobody", []),
            (f"from={day}&to={day}", ["£1.00"]),
            (f"to={day}&q=2290", []),
            ("from=0001-01-01&to=9999-12-31", ["£240.00", "£1,234.56", "£1.00"]),
            ("from=tomorrow", ["£240.00", "£1,234.56", "£1.00"]),
        ):
            tab.path = f"/office/payments?{query}"
            await tab.call(PaymentsState.load)
            view = tab.values["payments_state.view"]
            assert [one.amount for one in view.rows] == amounts, query
        tab.path = f"/office/payments?q=2290&customer={mine}"
        await tab.call(PaymentsState.load)
        view = tab.values["payments_state.view"]
        assert view.customer == row(Customer, till.payer.customer_id).name
        assert {one.word: one.count for one in view.chips if one.count} == {"To decide": "1", "Disputed": "1"}
        assert all("q=2290" in one.href and mine in one.href for one in view.chips)
        assert (view.everybody_href, tab.failures) == ("/office/payments?q=2290", [])
        await tab.call(PaymentsState.search, form=form(**{"from": day, "to": ""}))
        await tab.call(PaymentsState.search, form=form(q=" £240 "))
        assert tab.redirects == [
            f"/office/payments?q=2290&from={day}&customer={mine}",
            f"/office/payments?q=%C2%A3240&customer={mine}",
        ]


async def test_older_payments_have_an_address(till: Money):
    for number in range(30):
        add(till, paid_at=clock.now() - timedelta(hours=number))
    async with open_tab(cookie()) as tab:
        tab.path = "/office/payments"
        await tab.call(PaymentsState.load)
        view = tab.values["payments_state.view"]
        assert len(view.rows) == 25
        tab.path = view.older_href
        await tab.call(PaymentsState.load)
        more = tab.values["payments_state.view"]
        assert (len(more.rows), more.older_href, more.newest_href) == (5, "", "/office/payments")
        assert not {one.public_id for one in view.rows} & {one.public_id for one in more.rows}


async def test_payouts_and_the_books(till: Money, paid: Payment):
    till.stripe.act("payouts", currency="gbp")
    async with open_tab(cookie()) as tab:
        tab.path = "/office/payments?tab=payouts"
        await tab.call(PaymentsState.load)
        [payout] = tab.values["payments_state.view"].payouts
        # With what the tests before have gathered there.
        assert payout.state == "Paid out"
        gross, fees, net = (Decimal(amount.strip("£")) for amount in (payout.gross, payout.fees, payout.net))
        assert gross >= 240
        assert gross - fees == net
        tab.path = "/office/payments?tab=accountant"
        await tab.call(PaymentsState.load)
        assert tab.values["payments_state.view"].first.endswith("-01")
        assert tab.failures == []


@pytest.mark.parametrize(
    ("first", "last", "wrong"),
    [
        ("2026-03-02", "2026-03-01", ("", "The last day comes before the first.")),
        ("2026-02-30", "2026-03-01", (UNREADABLE, "")),
        ("2026-03-01", "", ("", UNREADABLE)),
        ("2026-03-01", "9999-12-31", ("", "At most ten years at once.")),
        ("2026-03-01", "2026-03-31", ("", "")),
    ],
)
async def test_days_that_make_no_file_stay_in_the_form(database_file, first: str, last: str, wrong: tuple[str, str]):
    people.make_business()
    async with open_tab(cookie()) as tab:
        tab.path = f"/office/payments?tab=accountant&from={first}&to={last}"
        await tab.call(PaymentsState.load)
        view = tab.values["payments_state.view"]
    assert (view.first, view.last) == (first, last)
    assert (view.first_wrong, view.last_wrong) == wrong


@pytest.mark.parametrize("role", READERS)
async def test_the_books_are_not_for_every_role(till: Money, paid: Payment, role: StaffRole):
    async with open_tab(cookie(role)) as tab:
        tab.path = "/office/payments"
        await tab.call(PaymentsState.load)
        assert [one.word for one in tab.values["payments_state.view"].tabs] == ["Payments"]
        for name in ("payouts", "accountant"):
            tab.path = f"/office/payments?tab={name}"
            await tab.call(PaymentsState.load)
            assert tab.values["payments_state.trouble"].kind == "denied"
            assert tab.values["payments_state.view"].payouts == []


async def test_payouts_while_stripe_is_away(till: Money, monkeypatch: pytest.MonkeyPatch):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setenv("STRIPE_API_BASE", f"http://127.0.0.1:{nobody.getsockname()[1]}")
        forget_settings()
        async with open_tab(cookie()) as tab:
            tab.path = "/office/payments?tab=payouts"
            await tab.call(PaymentsState.load)
            assert tab.values["payments_state.trouble"].sentence.startswith("Stripe could not be reached")
            assert len(tab.values["payments_state.view"].tabs) == 3
            assert tab.failures == []
            await close_clients()
