"""What stands on a business's papers: gathered for whoever may see it, printed elsewhere."""

from dataclasses import dataclass, replace
from typing import Any

from sqlmodel import Session

from portal_app import clock
from portal_app.errors import NotFound
from portal_app.integrations.paper.records import (
    InvoicePaper,
    Line,
    Payment,
    ReceiptPaper,
    Seller,
    Stationery,
    Tax,
)
from portal_app.models import Business, Invoice, PaperLook
from portal_app.money import Money
from portal_app.services import activity, business, invoices, paid, paper_looks, payments, visibility
from portal_app.services.actors import Customer, Guest, Staff
from portal_app.services.invoices import Document, Entry
from portal_app.services.payments import Receipted

_CLOSED = {"void": "Cancelled", "uncollectible": "Closed", "draft": "Draft"}


@dataclass(frozen=True, slots=True)
class FoundInvoice:
    """An invoice as a paper, and its rows; `by_crm` says that the CRM has a file of its own that may be given."""

    paper: InvoicePaper
    invoice_id: int
    customer_public_id: str
    by_crm: bool


def invoice(session: Session, actor: Customer | Guest | Staff, public_id: str) -> FoundInvoice:
    """Return one invoice as a paper; NotFound when it is not there, a draft, somebody else's or out of reach.

    Contacts need the right to view money, staff the permission to view customers; a guest gets the one they were sent.
    What the CRM owns is marked a copy. Where customers are not shown what single lines cost, no paper has it, the
    office's neither: it is what the customer gets. The CRM's own file cannot be cut, so that is not for anybody then.
    """
    document = invoices.get(session, actor, public_id)
    priced = visibility.of_portal(session).line_prices
    about = business.get(session)
    if about is None:
        raise NotFound
    row = session.get_one(Invoice, document.head.id)
    by_crm = row.connection_id is not None
    paper = _paper(session, document if priced else _without_prices(document), about, copy=by_crm)
    return FoundInvoice(paper, document.head.id, document.customer_public_id, by_crm and priced and bool(row.pdf_url))


def _without_prices(document: Document) -> Document:
    bare = (replace(line, unit_price=None, tax=None, total=None, unit_cost=None) for line in document.lines)
    return replace(document, lines=tuple(bare))


@dataclass(frozen=True, slots=True)
class FoundReceipt:
    """A receipt as a paper and as it was issued, which `issued` says more of; `logo` is PaperLook's."""

    paper: ReceiptPaper
    issued: Receipted
    logo: str | None


def receipt(session: Session, actor: Customer | Staff, public_id: str) -> FoundReceipt:
    """Return the receipt of settled money, by the payment's public id, as it was issued.

    NotFound where there is none or it is void, for others', and for those who may not see all that was paid with it.
    """
    about, facts = business.get(session), payments.get(session, actor, public_id)
    if about is None or not facts.receipt_number or facts.receipt_voided or not facts.whole:
        raise NotFound
    issued = payments.receipted(session, actor, facts.public_id)
    look = issued.look or paper_looks.of_today(session, about)
    day = clock.local(facts.at, look.zone).date()
    names = issued.names or {**business.issuer(about), "buyer": facts.customer_name}
    buyer = str(names.pop("buyer", ""))
    paper = ReceiptPaper(
        stationery=_in_look(look, names),
        number=facts.receipt_number,
        buyer=(buyer,),
        payment=Payment(day, facts.method_words or "Payment", facts.reference, facts.amount),
        invoices=tuple((part.number, part.amount) for part in issued.parts),
        issued_on=day,
        on_account=Money(issued.on_account_minor, facts.amount.currency) if issued.on_account_minor else None,
    )
    return FoundReceipt(paper, issued, look.logo)


def stationery(about: Business) -> Stationery:
    """Return what all papers of a business share today; the logo's file is put in where papers are printed."""
    return _in_look(paper_looks.of(about), business.issuer(about))


def _in_look(look: PaperLook, issuer: dict[str, Any]) -> Stationery:
    """Return stationery in a look; `issuer` is whom the paper is from, as `business.issuer` was then."""
    seller = Seller(**{**issuer, "lines": tuple(issuer["lines"])})
    return Stationery(seller, look.accent, look.locale, look.country, look.footer)


def bank_lines(about: Business) -> tuple[tuple[str, str], ...]:
    """Return how to transfer money to a business, label and value; nothing where no account is set."""
    if not (about.bank_account or about.bank_iban):
        return ()
    code = {"GB": "Sort code", "IE": "Sort code", "US": "Routing number", "AU": "BSB"}.get(about.country, "Bank code")
    return tuple(
        (label, value)
        for label, value in (
            ("Account name", about.bank_account_name or about.legal_name or about.name),
            (code, about.bank_code),
            ("Account number", about.bank_account),
            ("IBAN", about.bank_iban),
            ("BIC", about.bank_bic),
        )
        if value
    )


def bank_words(session: Session) -> str:
    """Return how to transfer money to the business, line by line as its invoices print it; empty without an account."""
    about = business.get(session)
    return "\n".join(f"{label}: {value}" for label, value in bank_lines(about)) if about else ""


def _paper(session: Session, document: Document, about: Business, *, copy: bool) -> InvoicePaper:
    head = document.head
    return InvoicePaper(
        stationery=stationery(about),
        number=head.number,
        buyer=document.customer_lines,
        lines=tuple(
            Line(line.name, line.description, line.quantity, line.unit_price, line.tax_rate, line.total, line.optional)
            for line in document.lines
        ),
        subtotal=document.subtotal,
        tax=document.tax,
        total=head.total,
        left=head.left,
        paid=head.paid if head.status not in _CLOSED else None,
        credited=Money(head.credited, head.total.currency),
        title=head.title,
        place=head.place,
        state=_state(head),
        issued_on=head.issued_on,
        due_on=head.due_on,
        taxes=tuple(Tax(one.rate, one.net, one.tax) for one in document.taxes),
        bank=bank_lines(about) if head.left.minor > 0 and head.status != "draft" else (),
        payments=tuple(
            Payment(one.day, one.words, one.reference, Money(one.amount, one.currency))
            for one in paid.of_invoices(session, [head.id], about.zone)
        ),
        terms=document.terms.strip() or about.payment_terms,
        copy=copy,
        more_lines=document.more_lines,
    )


def _state(head: Entry) -> str:
    if head.status in _CLOSED:
        return _CLOSED[head.status]
    if head.total.minor < 0:
        return "Credit"
    if head.left.minor <= 0:
        if head.credited <= 0:
            return "Paid"
        return "Paid, partly credited" if head.paid.minor > 0 else "Credited"
    if head.paid.minor > 0:
        return "Partly paid"
    return "Partly credited" if head.credited > 0 else ""


def sample(about: Business) -> InvoicePaper:
    """Return an invoice to nobody, that shows what a business's papers look like."""
    currency = about.currency
    unit = 100 if Money(1, currency).decimal != 1 else 1
    first, second = Money(75 * unit, currency), Money(90 * unit, currency)
    net, tax = first + second, Money(33 * unit, currency)
    return InvoicePaper(
        stationery=stationery(about),
        number="SAMPLE",
        buyer=("A. Customer", "1 Example Street", "Exampletown"),
        lines=(
            Line("Call-out and diagnosis", "", "1", first, "20", first),
            Line(
                "Labour, hours",
                "A sample line: nothing was done and nothing is owed.",
                "1.5",
                Money(60 * unit, currency),
                "20",
                second,
            ),
        ),
        subtotal=net,
        tax=tax,
        total=net + tax,
        left=net + tax,
        title="Not an invoice",
        state="Sample",
        taxes=(Tax("20", net, tax),),
        bank=bank_lines(about),
        terms=about.payment_terms,
    )


def note_download(
    session: Session, actor: Customer | Guest | Staff, kind: str, subject_id: int | None, facts: dict[str, object]
) -> None:
    """Note that somebody took a paper with them, which counts as having seen it; the office's own looks do not.

    `kind` is invoice, receipt or statement.
    """
    who = "preview" if isinstance(actor, Staff) else "view"
    activity.record(
        session, actor, "document.downloaded", subject=(kind, subject_id), facts={"counts_as": who, **facts}
    )
