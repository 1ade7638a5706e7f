"""An invoice as the document it is: for the customer's page and for the office's preview, on screen and on paper."""

from dataclasses import dataclass, field

import reflex as rx

from portal_app import clock
from portal_app.components.brand import mark
from portal_app.components.words import Words, plural
from portal_app.money import Money, tax_word
from portal_app.services.business import Look
from portal_app.services.invoices import Document, Entry, Line


@dataclass(frozen=True)
class PaperLine:
    """One line; `each` is quantity and price together, for narrow screens; `cost` only where costs may be seen."""

    what: str = ""
    detail: str = ""
    each: str = ""
    quantity: str = ""
    price: str = ""
    amount: str = ""
    cost: str = ""


@dataclass(frozen=True)
class PaperSum:
    """One row of the totals."""

    label: str = ""
    amount: str = ""


@dataclass(frozen=True)
class InvoicePaper:
    """The document, ready to show. `badge` is its state in a word and `tone` the badge's colour; empty fields are left
    out. `after` is what stands beneath the total and is taken off it, `rest` what is left then; `left` is the same
    where something is to be paid, `due_words` until when, `late` that this has passed; else `nothing` says that nothing
    is. `priced` says that lines have prices. `seller` is the business's name in law, and `seller_lines` its address,
    tax number and how it is reached.
    """

    shown: bool = False
    seller: str = ""
    seller_lines: list[str] = field(default_factory=list)
    heading: str = ""
    number: str = ""
    title: str = ""
    badge: str = ""
    tone: str = ""
    who: list[str] = field(default_factory=list)
    place: str = ""
    issued: str = ""
    due: str = ""
    due_words: str = ""
    late: bool = False
    lines: list[PaperLine] = field(default_factory=list)
    priced: bool = True
    more_lines: str = ""
    sums: list[PaperSum] = field(default_factory=list)
    total: str = ""
    after: list[PaperSum] = field(default_factory=list)
    rest: str = ""
    left: str = ""
    nothing: str = ""
    terms: str = ""


def heading_of(number: str) -> str:
    """Return what an invoice is called."""
    return f"Invoice {number}".rstrip()


def status_words(invoice: Entry, words: Words) -> tuple[str, str]:
    """Return the state of an invoice in a word, and the tone of its badge."""
    if invoice.left.minor <= 0:
        return _settled_words(invoice)
    if invoice.with_bank >= invoice.left.minor:
        return "With your bank", "processing"
    if invoice.overdue(words.today):
        return "Overdue", "overdue"
    if invoice.paid.minor > 0:
        return "Partly paid", "processing"
    return ("Partly credited", "processing") if invoice.credited > 0 else ("To pay", "scheduled")


def _settled_words(invoice: Entry) -> tuple[str, str]:
    closed = {"void": ("Cancelled", "off"), "uncollectible": ("Closed", "off"), "draft": ("Draft", "off")}
    if invoice.total.minor < 0:
        return closed.get(invoice.status, ("Credit", "complete"))
    if invoice.credited > 0:
        return ("Paid, partly credited", "complete") if invoice.paid.minor > 0 else ("Credited", "off")
    if invoice.being_booked > 0:
        return "Paid, being booked", "processing"
    return closed.get(invoice.status, ("Paid", "complete"))


def due_words(invoice: Entry, words: Words) -> str:
    """Return until when what is left is to be paid: `Due on Friday 28 November`, `Due today`, `12 days overdue`.

    Nothing of what is with the bank.
    """
    if invoice.due_on is None or invoice.payable.minor <= 0:
        return ""
    late = clock.whole_days(invoice.due_on, words.today)
    if late > 0:
        return f"{plural(late, 'day', 'days')} overdue, was due on {words.long_day(invoice.due_on)}"
    return "Due today" if late == 0 else f"Due on {words.long_day(invoice.due_on)}"


def seller_lines(look: Look) -> list[str]:
    """Return what stands below the business's name on a paper: address, tax number, telephone, e-mail."""
    number = f"{tax_word(look.country)} number {look.tax_number}" if look.tax_number else ""
    address = [line.strip() for line in look.address.splitlines()]
    return [line for line in (*address, number, look.phone, look.support_email) if line]


def paper_of(document: Document, words: Words) -> InvoicePaper:
    """Return the document in words."""
    head = document.head
    badge, tone = status_words(head, words)
    return InvoicePaper(
        shown=True,
        seller=words.look.legal_name or words.look.name,
        seller_lines=seller_lines(words.look),
        heading=heading_of(head.number),
        number=head.number,
        title=head.title,
        badge=badge,
        tone=tone,
        who=list(document.customer_lines),
        place=head.place,
        issued=words.full_date(head.issued_on) if head.issued_on else "",
        due=words.full_date(head.due_on) if head.due_on else "",
        due_words=due_words(head, words),
        late=head.overdue(words.today),
        lines=[_line(line, words) for line in document.lines],
        priced=any(line.total is not None for line in document.lines),
        more_lines="There are more lines than can be shown here." if document.more_lines else "",
        sums=_sums(document, words),
        total=words.money(head.total),
        after=_after(head, words),
        rest=words.money(head.payable),
        left=words.money(head.payable) if head.payable.minor > 0 else "",
        nothing="Nothing to pay now" if head.left.minor > 0 else "Nothing left to pay",
        terms=document.terms.strip(),
    )


def _line(line: Line, words: Words) -> PaperLine:
    quantity = words.number(line.quantity)
    price = words.money(line.unit_price) if line.unit_price is not None else ""
    return PaperLine(
        what=line.name,
        detail=" ".join(part for part in ("Optional." if line.optional else "", line.description.strip()) if part),
        each=f"{quantity} × {price}" if price else quantity,
        quantity=quantity,
        price=price,
        amount=words.money(line.total) if line.total is not None else "",
        cost=f"Costs us {words.money(line.unit_cost)} each" if line.unit_cost else "",
    )


def _sums(document: Document, words: Words) -> list[PaperSum]:
    """Return what stands above the total: nothing where nothing is added to the lines."""
    tax = tax_word(words.look.country)
    if document.taxes:
        taxes = [PaperSum(f"{tax} at {words.number(entry.rate)}%", words.money(entry.tax)) for entry in document.taxes]
    elif document.tax.minor:
        taxes = [PaperSum(tax, words.money(document.tax))]
    else:
        return []
    return [
        PaperSum(f"Before {tax[:1].lower() + tax[1:] if tax[1:2].islower() else tax}", words.money(document.subtotal)),
        *taxes,
    ]


def _after(head: Entry, words: Words) -> list[PaperSum]:
    """Return what is taken off the total: nothing where all of it is paid, or nothing has come."""
    if head.credited > 0:
        credited = Money(head.credited, head.total.currency)
        found = [PaperSum("Paid", words.money(head.paid)), PaperSum("Credited", words.money(credited))]
    else:
        found = [PaperSum("Paid", words.money(head.paid))] if head.left.minor > 0 and head.paid.minor > 0 else []
    with_bank = Money(min(head.with_bank, head.left.minor), head.total.currency)
    return [*found, PaperSum("With the bank", words.money(with_bank))] if with_bank.minor > 0 else found


def invoice_paper(paper: rx.vars.ObjectVar[InvoicePaper]) -> rx.Component:
    """Return the document."""
    return rx.el.article(
        _letterhead(paper),
        _facts(paper),
        rx.el.div(_lines(paper), _totals(paper), class_name="stack"),
        rx.cond(paper.terms != "", rx.el.p(paper.terms, class_name="small muted as-written")),
        class_name="paper",
        aria_label=paper.heading,
    )


def _letterhead(paper: rx.vars.ObjectVar[InvoicePaper]) -> rx.Component:
    return rx.el.div(
        rx.el.div(mark(), class_name="doc-logo logo"),
        rx.el.div(
            rx.el.p(paper.seller, class_name="strong"),
            rx.foreach(paper.seller_lines, lambda line: rx.el.p(line, class_name="muted num")),
            class_name="small letterhead",
        ),
        class_name="paper-head",
    )


def _facts(paper: rx.vars.ObjectVar[InvoicePaper]) -> rx.Component:
    return rx.el.dl(
        _fact("For", rx.foreach(paper.who, lambda line: rx.el.span(line, class_name="block")), paper.who.length() > 0),
        _fact("Invoice", paper.number, paper.number != "", "num"),
        _fact("Issued", paper.issued, paper.issued != "", "num"),
        _fact("Due", paper.due, paper.due != "", "num"),
        _fact("Work at", paper.place, paper.place != ""),
        class_name="facts",
    )


def _fact(label: str, value: rx.Var[str] | rx.Component, shown: rx.Var[bool], class_name: str = "") -> rx.Component:
    return rx.cond(shown, rx.el.div(rx.el.dt(label), rx.el.dd(value, class_name=class_name)))


def _lines(paper: rx.vars.ObjectVar[InvoicePaper]) -> rx.Component:
    head = rx.el.tr(
        rx.el.th("Work and parts", scope="col"),
        rx.el.th("Quantity", scope="col", class_name="n opt"),
        rx.cond(
            paper.priced,
            rx.fragment(
                rx.el.th("Price", scope="col", class_name="n opt"), rx.el.th("Amount", scope="col", class_name="n")
            ),
        ),
    )
    table = rx.el.table(
        rx.el.caption("What was done", class_name="sr"),
        rx.el.thead(head),
        rx.el.tbody(rx.foreach(paper.lines, lambda line: _line_row(line, paper.priced))),
        class_name="lines",
    )
    return rx.fragment(
        rx.cond(paper.lines.length() > 0, table),
        rx.cond(paper.more_lines != "", rx.el.p(paper.more_lines, class_name="small muted")),
    )


def _line_row(line: rx.vars.ObjectVar[PaperLine], priced: rx.Var[bool]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(
            rx.el.span(line.what, class_name="what"),
            rx.cond(line.detail != "", rx.el.span(line.detail, class_name="small muted as-written")),
            rx.el.span(line.each, class_name="small faint only-phone num"),
            rx.cond(line.cost != "", rx.el.span(line.cost, class_name="small faint block no-print")),
        ),
        rx.el.td(line.quantity, class_name="n opt"),
        rx.cond(
            priced,
            rx.fragment(rx.el.td(line.price, class_name="n opt"), rx.el.td(line.amount, class_name="n")),
        ),
    )


def _totals(paper: rx.vars.ObjectVar[InvoicePaper]) -> rx.Component:
    return rx.el.dl(
        rx.foreach(paper.sums, lambda entry: _total(entry.label, entry.amount)),
        _total("Total", paper.total, "sum"),
        rx.foreach(paper.after, lambda entry: _total(entry.label, entry.amount)),
        rx.cond(paper.after.length() > 0, _total("Left to pay", paper.rest, "sum")),
        class_name="totals",
    )


def _total(label: rx.Var[str] | str, amount: rx.Var[str], class_name: str = "") -> rx.Component:
    return rx.el.div(rx.el.dt(label, class_name="" if class_name else "muted"), rx.el.dd(amount), class_name=class_name)
