"""The words of one payout."""

from dataclasses import dataclass, field

from portal_app import routes
from portal_app.components.payment_words import numbers_words, payout_words
from portal_app.components.words import Words, clip
from portal_app.integrations.stripe.values import Payout, PayoutLine
from portal_app.money import Money
from portal_app.services.payout_lines import Known
from portal_app.workflows.payouts import NEVER_ARRIVE, FoundPayout

# As many as the page shows; the file has all of them.
SHOWN = 200
# By Stripe's words: https://docs.stripe.com/reports/balance-transaction-types
_KINDS = {
    "charge": "Payment",
    "payment": "Payment",
    "refund": "Refund",
    "payment_refund": "Refund",
    "refund_failure": "Refund that came back",
    "payment_failure_refund": "Returned by the bank",
    "payment_reversal": "Returned by the bank",
    "payout_failure": "A payout that came back",
    "stripe_fee": "Stripe’s fee",
    "stripe_fx_fee": "Stripe’s fee",
    "tax_fee": "Tax on Stripe’s fees",
}


@dataclass(frozen=True)
class LineRow:
    """One line; `href` is empty where the portal knows no payment of it."""

    key: str = ""
    name: str = ""
    href: str = ""
    kind: str = ""
    sub: str = ""
    day: str = ""
    gross: str = ""
    fee: str = ""
    net: str = ""


@dataclass(frozen=True)
class PayoutView:
    """The payout; `telling` is False where Stripe does not tell what is in it."""

    heading: str = ""
    arrival: str = ""
    state: str = ""
    tone: str = ""
    gross: str = ""
    fees: str = ""
    net: str = ""
    telling: bool = False
    lines: list[LineRow] = field(default_factory=list)
    more: str = ""
    file: str = ""
    stripe_id: str = ""
    stripe_url: str = ""


def payout_view(found: FoundPayout, dashboard: str, words: Words) -> PayoutView:
    """Return the page's words; `dashboard` is where Stripe's own pages are, empty without."""
    payout = found.payout
    state, tone = payout_words(payout.status)
    left_out = len(payout.lines) - SHOWN
    telling = bool(payout.lines)
    return PayoutView(
        heading=f"Payout of {words.money(Money(payout.net, payout.currency))}",
        arrival=_arrival(payout, words),
        state=state,
        tone=tone,
        gross=words.money(Money(payout.gross, payout.currency)) if telling else "",
        fees=words.money(Money(payout.fees, payout.currency)) if telling else "",
        net=words.money(Money(payout.net, payout.currency)),
        telling=telling,
        lines=[_line(one, payout.currency, found.known, words) for one in payout.lines[:SHOWN]],
        more=f"And {left_out} more, which the file has." if left_out > 0 else "",
        file=routes.office_payout_file(payout.id) if telling else "",
        stripe_id=payout.id,
        stripe_url=f"{dashboard}/payouts/{payout.id}" if dashboard else "",
    )


def _arrival(payout: Payout, words: Words) -> str:
    """Return when it is with the bank, or was taken from there where more went back than came in."""
    if payout.status in NEVER_ARRIVE:
        return ""
    here = payout.status == "paid" and payout.arrival <= words.today
    if payout.net < 0:
        happens = "Taken from your bank" if here else "To be taken from your bank"
    else:
        happens = "Arrived" if here else "Due"
    return f"{happens} on {words.full_date(payout.arrival)}"


def _line(line: PayoutLine, currency: str, known: dict[str, Known], words: Words) -> LineRow:
    ours = known.get(line.payment_intent_id or "")
    kind = _kind(line)
    parts = (numbers_words(ours.invoices), f"Receipt {ours.receipt}" if ours.receipt else "") if ours else ("",)
    return LineRow(
        key=line.id,
        name=clip(ours.customer, 80) if ours else kind,
        href=routes.office_payment(ours.public_id) if ours else "",
        kind=kind,
        sub=" · ".join(part for part in (kind if ours else _elsewhere(line), *parts) if part),
        day=words.short_day(words.day(line.created)),
        gross=words.money(Money(line.amount, currency)),
        fee=words.money(Money(line.fee, currency)),
        net=words.money(Money(line.net, currency)),
    )


def _kind(line: PayoutLine) -> str:
    if line.kind == "adjustment" and line.source.startswith(("dp_", "du_")):
        return "Disputed" if line.amount < 0 else "Dispute decided for you"
    return _KINDS.get(line.kind) or line.kind.replace("_", " ").capitalize()


def _elsewhere(line: PayoutLine) -> str:
    return "Not taken through the portal" if line.kind in ("charge", "payment") else ""
