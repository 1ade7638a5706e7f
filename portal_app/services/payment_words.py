"""What the mails about money say."""

from portal_app.services.mail_parts import Facts, Words

# What the office has taken itself, as it is said in a sentence.
_TAKEN = {"Cash": "in cash", "Cheque": "by cheque", "Bank transfer": "by bank transfer", "Other": ""}


def paid_how(method: str) -> str:
    """Return how was paid, as a sentence goes on with it: `with Visa ending in 4242`, `in cash`; may be empty."""
    return _TAKEN.get(method, f"with {method}" if method else "")


def receipt(f: Facts) -> Words:
    """Return what the receipt of settled money says."""
    amount, number, how = f.money(), f.name("receipt"), paid_how(f.name("method"))
    return Words(
        subject=f"Receipt for {amount} from {f.business}",
        heading=f"Thank you: {amount} has arrived",
        before=(
            f"{f.business} has received {amount} for {f.invoices()}" + (f", paid {how}." if how else "."),
            *([f"Receipt number {number}."] if number else []),
        ),
        button=("See the payment", f.path) if f.path else None,
        after=(_over(f) or _still_left(f) or "Nothing more needs to be done.",),
    )


def _over(f: Facts) -> str:
    if not f.flag("over_minor"):
        return ""
    over = f.money("over_minor")
    return f"{over} of it is more than was left to pay. Please ask us to use it or to give it back."


def _still_left(f: Facts) -> str:
    return f"{f.money('left_minor')} of {f.invoices()} is still to be paid." if f.flag("left_minor") else ""


def with_bank(f: Facts) -> Words:
    """Return what is said of a debit on its way."""
    amount, expected = f.money(), f.day("expected_on")
    return Words(
        subject=f"{amount} is with your bank",
        heading=f"{amount} is with your bank",
        before=(
            f"Your payment of {amount} for {f.invoices()} is on its way to {f.business}.",
            f"We expect it by {expected}." if expected else "A bank debit takes a few working days.",
        ),
        button=("See the payment", f.path) if f.path else None,
        after=("It counts as paid once your bank has confirmed it; then you get a receipt.",),
    )


_SETTLED = (
    "Nothing needs to be paid now: what it was for is paid in another way, is asked for no more, or has other money on "
    "its way."
)


def payment_failed(f: Facts) -> Words:
    """Return what is said of money that did not come, or went again."""
    amount, why = f.money(), f.name("why")
    if f.flag("mistake"):
        return _mistaken(f)
    if f.flag("returned"):
        subject = heading = f"Your bank has taken back {amount}"
        happened = f"Your bank has taken back {amount} that you had paid for {f.invoices()}."
        then = _SETTLED if f.flag("settled") else "So it is to be paid again. You can pay in another way at any time."
    else:
        subject, heading = f"Your payment of {amount} did not go through", "The payment did not go through"
        happened = f"Your payment of {amount} for {f.invoices()} did not go through."
        then = _SETTLED if f.flag("settled") else "So it is still to be paid. You can pay in another way at any time."
    void = f.name("void")
    return Words(
        subject=subject,
        heading=heading,
        before=(
            happened,
            *([why] if why else []),
            *([f"Receipt {void} no longer counts."] if void else []),
            then,
        ),
        button=("See the payment", f.path) if f.path else None,
        after=("If you think that this is wrong, please ask your bank, or ring or write to us.",),
    )


def _mistaken(f: Facts) -> Words:
    """Return what is said of money that the office has recorded by mistake."""
    amount, void = f.money(), f.name("void")
    again = f"So {f.money('reopened_minor')} of {f.invoices()} is still to be paid." if f.flag("reopened_minor") else ""
    return Words(
        subject=f"{f.business} had recorded {amount} by mistake",
        heading=f"{amount} was recorded by mistake",
        before=(
            f"{f.business} had written down that {amount} of yours had come. That was a mistake, and we are sorry.",
            *([f"Receipt {void} no longer counts."] if void else []),
            *([again] if again else []),
        ),
        button=("See the payment", f.path) if f.path else None,
        after=("If you did pay it, please ring or write to us.",),
    )


def refund(f: Facts) -> Words:
    """Return what is said of money that was given back, and of what is to be paid again after it."""
    amount, method = f.money(), f.name("method")
    again = f"So {f.money('reopened_minor')} of {f.invoices()} is to be paid again." if f.flag("reopened_minor") else ""
    if f.flag("by_hand"):
        heading = f"{amount} was given back to you"
        happened = f"{f.business} has given back {amount} of what you had paid."
        then = "If you have not got it, please ring or write to us."
    else:
        heading = f"{amount} is on its way back to you"
        happened = f"{f.business} has given back {amount}" + (f" to {method}." if method else ".")
        then = "Banks take up to ten working days to show it."
    return Words(
        subject=f"{f.business} has given back {amount}",
        heading=heading,
        before=(happened, then, *([again] if again else [])),
        button=("See the payment", f.path) if f.path else None,
        after=() if again else ("Nothing needs to be done.",),
    )


def credit_used(f: Facts) -> Words:
    """Return what is said of money that was here already and now pays an invoice."""
    happened = f"{f.money()} that you had with us was used for {f.invoices()}"
    left = f.money("left_minor") if f.flag("left_minor") else ""
    return Words(
        subject=happened,
        heading=f"{f.money()} was used for {f.invoices()}",
        before=(f"{happened}.", *([f"{left} of it is still to be paid."] if left else [])),
        button=("See the invoice", f.path) if f.path else None,
        after=() if left else ("Nothing needs to be done.",),
    )


_GUESTS_NEWS = {
    "paid": ("has paid {amount} for {invoices}", "has arrived"),
    "failed": ("could not pay {amount} for {invoices}", "did not go through"),
    "returned": ("had paid {amount} for {invoices}, and a bank has taken it back", "was taken back by a bank"),
    "refunded": ("was given back {amount} that had been paid for {invoices}", "was given back"),
}


def guest_payment(f: Facts) -> Words:
    """Return what an account is told of what a guest, to whom its invoice was sent, did about it."""
    amount, guest, what = f.money(), f.name("guest", "Somebody to whom it was sent"), f.name("what")
    did, happened = _GUESTS_NEWS.get(what, _GUESTS_NEWS["paid"])
    if what == "paid":
        then = _over(f) or _still_left(f) or "Nothing more needs to be done."
    elif f.flag("settled"):
        then = _SETTLED
    elif what == "refunded":
        then = f"So {f.money('reopened_minor')} of {f.invoices()} is to be paid again."
    else:
        then = f"So {f.invoices()} is {'to be paid again' if what == 'returned' else 'still to be paid'}."
    return Words(
        subject=f"{amount} for {f.invoices()} {happened}",
        heading=f"{amount} {happened}",
        before=(f"{guest} {did.format(amount=amount, invoices=f.invoices())}.", then),
        button=("See the payment", f.path) if f.path else None,
    )


_OFFICE_NEWS = {
    "failed": ("did not go through", "The invoice is open again."),
    "returned": ("was taken back by the bank", "The invoice is open again; the receipt is void."),
    "asked": ("is asked about by the payer’s bank", "No money has moved. Please answer at Stripe{by}."),
    "disputed": ("is disputed by the cardholder", "Please answer at Stripe{by}; until then it is unpaid."),
    "dispute_won": ("is yours again", "The dispute was won."),
    "dispute_lost": ("stays with the payer’s bank", "The dispute was lost. Its invoices are open again."),
    "held": ("is held", "What arrived is not what was asked for. Please decide what it pays."),
    "over": ("is more than was left to pay", "What is over pays no invoice. Please use it or give it back."),
    "refund": ("was refunded at Stripe", "Please say whether the invoice is open again or the debt is gone as well."),
    "refund_failed": ("could not be given back", "The refund failed at the bank; the money is here again."),
}


_PAID_OTHERWISE = "Its invoices are paid in another way, are asked for no more, or have other money on its way."


def office_payment(f: Facts) -> Words:
    """Return what the office is told of a payment."""
    amount, customer = f.money(), f.name("customer", "A customer")
    happened, then = _OFFICE_NEWS.get(f.name("what"), ("has news", "Please have a look."))
    due = f.day("due_on")
    then = _PAID_OTHERWISE if f.flag("settled") else then.format(by=f" by {due}" if due else "")
    return Words(
        subject=f"{amount} of {customer} {happened}",
        heading=f"A payment {happened}",
        before=(f"{amount} of {customer} {happened}.", then),
        button=("Open the payment", f.path) if f.path else None,
    )
