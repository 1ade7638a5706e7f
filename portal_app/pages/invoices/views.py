"""The words of the invoices' list."""

from dataclasses import dataclass, field

from portal_app import routes
from portal_app.components.invoice_paper import due_words, heading_of, status_words
from portal_app.components.property_filter import Choice, PropertyFilter, address_of
from portal_app.components.records import RecordRow
from portal_app.components.words import Words, clip, plural
from portal_app.services.invoices import Entry, Which
from portal_app.services.owed import Owed

WHICH: dict[Which, str] = {"outstanding": "To pay", "paid": "Paid", "all": "All"}


@dataclass(frozen=True)
class InvoicesView:
    """The list with the cursor of what follows, what is owed, and what there is to choose from.

    `typed` is what was searched for, `show` the list that the address names, empty where it names none; `place` is the
    property they are of. `undecided` says what of the debt a bank is looking at, `with_bank` what of it is on its way.
    """

    which: str = "outstanding"
    show: str = ""
    typed: str = ""
    rows: list[RecordRow] = field(default_factory=list)
    next_cursor: str = ""
    amounts: list[str] = field(default_factory=list)
    undecided: str = ""
    with_bank: str = ""
    overdue: str = ""
    count: str = ""
    kinds: list[Choice] = field(default_factory=list)
    places: PropertyFilter = field(default_factory=PropertyFilter)
    place: str = ""


def invoice_row(invoice: Entry, words: Words, *, pickable: bool) -> RecordRow:
    """Return the row of one invoice: what is left of it where something is, else what it came to."""
    badge, tone = status_words(invoice, words)
    issued = words.short_day(invoice.issued_on) if invoice.issued_on else ""
    looked_at = "a bank is looking at its payment" if invoice.disputed and invoice.left.minor > 0 else ""
    sub = [looked_at, due_words(invoice, words) or issued, invoice.place]
    figure = invoice.left if invoice.left.minor > 0 else invoice.total
    return RecordRow(
        key=invoice.public_id,
        icon="receipt",
        title=heading_of(invoice.number),
        about=clip(invoice.title),
        sub=" · ".join(part for part in sub if part),
        figure=words.money(figure),
        badge=badge,
        tone=tone,
        href=routes.invoice(invoice.public_id),
        pick=f"Tick {heading_of(invoice.number)}, {words.money(invoice.payable)}" if pickable else "",
    )


def usual_list(typed: str) -> Which:
    """Return the list that is shown when the address names none: what is to be paid, and for a search all."""
    return "all" if typed else "outstanding"


def shown(which: Which, typed: str) -> str:
    """Return what the address says for a list, nothing for the usual one."""
    return "" if which == usual_list(typed) else which


def kinds(which: Which, place: str, typed: str) -> list[Choice]:
    """Return the three lists to choose from, each with its address at the chosen property and for the same search."""
    return [
        Choice(key, word, address_of(routes.INVOICES, show=shown(key, typed), property=place, q=typed), key == which)
        for key, word in WHICH.items()
    ]


def summary(owed: list[Owed], words: Words) -> tuple[list[str], str, str]:
    """Return what is owed in each currency, the part of it that is overdue, and of how many invoices."""
    late = " and ".join(words.money(entry.overdue) for entry in owed if entry.overdue.minor > 0)
    count = sum(entry.invoices for entry in owed)
    return (
        [words.money(entry.total) for entry in owed],
        f"{late} overdue" if late else "",
        plural(count, "invoice", "invoices"),
    )
