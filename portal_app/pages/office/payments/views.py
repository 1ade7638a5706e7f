"""The words of the list of payments, of payouts, and of the accountant's file."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from portal_app import routes
from portal_app.components.payment_words import day_words, invoices_words, payout_words, state_words, way_words
from portal_app.components.tables import Chip
from portal_app.components.tabs import Tab
from portal_app.components.words import Words, clip
from portal_app.errors import Invalid
from portal_app.integrations.stripe.values import Payout, PayoutPage
from portal_app.money import Money
from portal_app.services import accounting
from portal_app.services.payment_list import PAGE, Waiting, Wanted
from portal_app.services.payments import PaymentFacts

SHOWN = {
    "all": "All",
    "decide": "To decide",
    "with_bank": "With the bank",
    "paid": "Arrived",
    "disputed": "Disputed",
    "refunded": "Refunded",
    "failed": "Did not go through",
}
TABS = {"": "Payments", "payouts": "Payouts", "accountant": "For the accountant"}
UNREADABLE = "This day cannot be read. Please write it like 2026-11-28."


@dataclass(frozen=True)
class PaymentRow:
    """One payment of the list."""

    public_id: str = ""
    href: str = ""
    customer: str = ""
    invoices: str = ""
    way: str = ""
    day: str = ""
    amount: str = ""
    state: str = ""
    tone: str = ""


@dataclass(frozen=True)
class PayoutRow:
    """One payout: what was gathered, what Stripe kept, what arrives."""

    public_id: str = ""
    href: str = ""
    day: str = ""
    gross: str = ""
    fees: str = ""
    net: str = ""
    payments: str = ""
    state: str = ""
    tone: str = ""


@dataclass(frozen=True)
class PaymentsView:
    """One tab of the page; `nothing` says why its list is empty.

    `typed`, `since` and `until` are what is looked for, `customer` whose payments where they are one customer's.
    """

    tab: str = ""
    tabs: list[Tab] = field(default_factory=list)
    summary: str = ""
    chips: list[Chip] = field(default_factory=list)
    rows: list[PaymentRow] = field(default_factory=list)
    payouts: list[PayoutRow] = field(default_factory=list)
    nothing: str = ""
    typed: str = ""
    since: str = ""
    until: str = ""
    customer: str = ""
    everybody_href: str = ""
    newest_href: str = ""
    older_href: str = ""
    first: str = ""
    last: str = ""
    first_wrong: str = ""
    last_wrong: str = ""


def tab_row(tab: str, may_books: bool) -> list[Tab]:
    """Return the tabs; payouts and the books only for those who may see them."""
    return [
        Tab(word, "", routes.office_payment_list(key), key == tab) for key, word in TABS.items() if not key or may_books
    ]


def list_address(wanted: Wanted, after: str = "") -> str:
    """Return the address of the list of what is looked for."""
    more = {
        "q": wanted.typed,
        "from": wanted.first.isoformat() if wanted.first else "",
        "to": wanted.last.isoformat() if wanted.last else "",
        "customer": wanted.customer,
    }
    return routes.office_payment_list("", wanted.show, after, **more)


def list_view(
    found: list[PaymentFacts],
    waiting: Waiting,
    wanted: Wanted,
    after: str,
    whose: str,
    words: Words,
    *,
    may_books: bool,
) -> PaymentsView:
    """Return the list; `found` may be one longer than a page, which tells of older ones. `whose` is the customer's."""
    rows = found[:PAGE]
    counts = {"decide": waiting.decide, "with_bank": waiting.with_bank, "disputed": waiting.disputed}
    narrowed = wanted.typed or wanted.first or wanted.last
    return PaymentsView(
        tabs=tab_row("", may_books),
        summary=f"{waiting.decide} to decide" if waiting.decide else "Nothing waits for you",
        chips=[
            Chip(word, str(counts.get(key) or ""), list_address(replace(wanted, show=key)), key == wanted.show)
            for key, word in SHOWN.items()
        ],
        rows=[_row(facts, words) for facts in rows],
        nothing="" if rows else "older" if after else "found" if narrowed else wanted.show,
        newest_href=list_address(wanted) if after else "",
        older_href=list_address(wanted, rows[-1].public_id) if len(found) > PAGE else "",
        typed=wanted.typed,
        since=wanted.first.isoformat() if wanted.first else "",
        until=wanted.last.isoformat() if wanted.last else "",
        customer=clip(whose, 80),
        everybody_href=list_address(replace(wanted, customer="")),
    )


def _row(facts: PaymentFacts, words: Words) -> PaymentRow:
    state, tone = state_words(facts)
    return PaymentRow(
        public_id=facts.public_id,
        href=routes.office_payment(facts.public_id),
        customer=clip(facts.customer_name, 80),
        invoices=invoices_words(facts),
        way=way_words(facts),
        day=day_words(facts, words),
        amount=words.money(facts.amount),
        state=state,
        tone=tone,
    )


def payouts_view(page: PayoutPage | None, after: str, words: Words) -> PaymentsView:
    """Return the payouts, None without a key."""
    if page is None:
        return PaymentsView(tab="payouts", tabs=tab_row("payouts", True), nothing="no_key")
    rows = [_payout(one, words) for one in page.payouts]
    return PaymentsView(
        tab="payouts",
        tabs=tab_row("payouts", True),
        payouts=rows,
        nothing="" if rows else "payouts",
        newest_href=routes.office_payment_list("payouts") if after else "",
        older_href=routes.office_payment_list("payouts", "", page.next_cursor) if page.next_cursor else "",
    )


def unasked_view() -> PaymentsView:
    """Return the tab of payouts when Stripe could not be asked."""
    return PaymentsView(tab="payouts", tabs=tab_row("payouts", True), nothing="unasked")


def _payout(payout: Payout, words: Words) -> PayoutRow:
    state, tone = payout_words(payout.status)
    known = bool(payout.lines)
    count = sum(1 for line in payout.lines if line.kind in ("charge", "payment"))
    return PayoutRow(
        public_id=payout.id,
        href=routes.office_payout(payout.id),
        day=words.short_day(payout.arrival),
        gross=words.money(Money(payout.gross, payout.currency)) if known else "—",
        fees=words.money(Money(payout.fees, payout.currency)) if known else "—",
        net=words.money(Money(payout.net, payout.currency)),
        payments=("1 payment" if count == 1 else f"{count} payments") if known else "",
        state=state,
        tone=tone,
    )


def books_view(words: Words, first: str = "", last: str = "") -> PaymentsView:
    """Return the tab of the accountant's file, filled with the month before this one.

    It keeps days that were typed and made no file, ISO words, and says what is wrong with them.
    """
    tab = PaymentsView(tab="accountant", tabs=tab_row("accountant", True))
    if not first and not last:
        before = words.today.replace(day=1) - timedelta(days=1)
        return replace(tab, first=before.replace(day=1).isoformat(), last=before.isoformat())
    begins, ends = _day(first), _day(last)
    wrong = _period_problem(begins, ends, words.look.zone) if begins and ends else ""
    return replace(
        tab,
        first=first,
        last=last,
        first_wrong="" if begins else UNREADABLE,
        last_wrong=wrong if ends else UNREADABLE,
    )


def _day(typed: str) -> date | None:
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None
    return day if day.isoformat() == typed else None


def _period_problem(first: date, last: date, zone: str) -> str:
    try:
        accounting.period(first, last, zone)
    except Invalid as refusal:
        return refusal.sentence
    except OverflowError:
        return UNREADABLE
    return ""
