"""The preview's state: the document as the customer sees it, and links to it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import reflex as rx
from sqlmodel import Session

from portal_app import routes
from portal_app.components.addresses import part
from portal_app.components.hiding import decided_words
from portal_app.components.invoice_paper import InvoicePaper, paper_of
from portal_app.components.loading import Trouble, attempt
from portal_app.components.payment_words import day_words, state_words, way_words
from portal_app.components.words import Words
from portal_app.database import reading, transaction
from portal_app.errors import PortalError
from portal_app.gate import STAFF, allow, caller, refresh_on
from portal_app.services import business, invoices, links, payments, record_visibility
from portal_app.services.actors import Staff
from portal_app.services.payments import PaymentFacts
from portal_app.services.rights import Permission
from portal_app.settings import get_settings


@dataclass(frozen=True)
class PaidRow:
    """A payment of the invoice, or one on its way; `note` says when, how, and what of it is for this invoice."""

    href: str = ""
    amount: str = ""
    note: str = ""
    state: str = ""
    tone: str = ""


class OfficeInvoiceState(rx.State):
    """What the preview shows; `new_link` is an address that was just made, the only time it can be seen."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    paper: rx.Field[InvoicePaper] = rx.field(default_factory=InvoicePaper)
    customer: rx.Field[str] = rx.field("")
    customer_href: rx.Field[str] = rx.field("")
    pdf: rx.Field[str] = rx.field("")
    draft: rx.Field[bool] = rx.field(False)
    hidden: rx.Field[bool] = rx.field(False)
    told: rx.Field[str] = rx.field("")
    wrong: rx.Field[str] = rx.field("")
    new_link: rx.Field[str] = rx.field("")
    may_invite: rx.Field[bool] = rx.field(False)
    may_edit: rx.Field[bool] = rx.field(False)
    # Where money for it is recorded, empty when nothing is left or it is not for this role.
    record_href: rx.Field[str] = rx.field("")
    paid: rx.Field[list[PaidRow]] = rx.field(default_factory=list)

    @rx.event
    @allow(STAFF, permission=Permission.VIEW_CUSTOMERS)
    async def load(self) -> None:
        """Show the invoice in the address."""
        self.told = self.wrong = self.new_link = ""
        self.paper, self.loaded = InvoicePaper(), False
        await self._refresh(caller(self))

    async def _refresh(self, actor: Staff) -> None:
        """Read it anew; called by the live feed as well."""
        found, self.trouble = await attempt(_read, actor, part(self, 2))
        if found is not None:
            self.paper, self.customer, self.customer_href, self.draft, self.hidden, record, self.paid = found
            self.pdf = routes.office_invoice_file(part(self, 2))
            self.may_edit = Permission.EDIT_CUSTOMERS in actor.permissions
            self.record_href = record if self.may_edit else ""
            self.may_invite, self.loaded = Permission.INVITE in actor.permissions, True
        elif self.trouble.empties:
            self.paper, self.loaded, self.customer, self.customer_href = InvoicePaper(), False, "", ""
            self.record_href, self.paid = "", []

    @rx.event
    @allow(STAFF, permission=Permission.INVITE)
    async def copy_link(self) -> None:
        """Make a link to this invoice, to be copied."""
        made = await self._act(_create, "Copy the link now: it cannot be shown again.")
        if isinstance(made, links.NewLink):
            self.new_link = get_settings().public_url + made.path

    @rx.event
    @allow(STAFF, permission=Permission.INVITE)
    async def send_link(self) -> None:
        """Mail a link to this invoice to the address on file."""
        await self._act(_send, "The link is on its way.")

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def show_record(self, shown: bool) -> None:
        """Show the invoice to its customer, or hide it from them."""
        decided = await self._act(_show if shown else _hide, "")
        if isinstance(decided, record_visibility.Decided):
            await self._refresh(caller(self))
            self.told = decided_words(decided, Words(business.look()))

    @rx.event
    @allow(STAFF, permission=Permission.VIEW_CUSTOMERS)
    def forget_link(self) -> None:
        """Take the address of the new link off the page."""
        self.new_link = self.told = ""

    async def _act(self, act: Callable[..., Any], told: str) -> Any:
        self.told = self.wrong = self.new_link = ""
        try:
            made = await asyncio.to_thread(_write, act, caller(self), part(self, 2))
        except PortalError as error:
            self.wrong = error.sentence
            return None
        self.told = told
        return made


def _read(actor: Staff, public_id: str) -> tuple[InvoicePaper, str, str, bool, bool, str, list[PaidRow]]:
    words = Words(business.look())
    with reading() as session:
        document = invoices.get(session, actor, public_id)
        paid = [_paid(one, public_id, words) for one in payments.of_invoice(session, actor, public_id)]
    href = routes.office_customer(document.customer_public_id, "invoices")
    head = document.head
    record = routes.office_record_payment(document.customer_public_id, public_id) if head.left.minor > 0 else ""
    return paper_of(document, words), head.customer_name, href, head.status == "draft", head.hidden, record, paid


def _paid(facts: PaymentFacts, invoice: str, words: Words) -> PaidRow:
    state, tone = state_words(facts)
    here = next((part.amount for part in facts.parts if part.invoice_public_id == invoice), None)
    part = f"{words.money(here)} of it for this invoice" if here is not None and here != facts.amount else ""
    note = " · ".join(one for one in (day_words(facts, words), way_words(facts), part) if one)
    return PaidRow(routes.office_payment(facts.public_id), words.money(facts.amount), note, state, tone)


def _write(act: Callable[..., Any], actor: Staff, public_id: str) -> Any:
    with transaction() as session:
        document = invoices.get(session, actor, public_id)
        return act(session, actor, document.customer_public_id, public_id)


def _create(session: Session, actor: Staff, customer: str, invoice: str) -> links.NewLink:
    return links.create(session, actor, customer, target_kind="invoice", target_public_id=invoice)


def _show(session: Session, actor: Staff, customer: str, invoice: str) -> record_visibility.Decided:
    return record_visibility.show(session, actor, customer, record_visibility.INVOICE, invoice)


def _hide(session: Session, actor: Staff, customer: str, invoice: str) -> record_visibility.Decided:
    return record_visibility.hide(session, actor, customer, record_visibility.INVOICE, invoice)


def _send(session: Session, actor: Staff, customer: str, invoice: str) -> str:
    return links.send(session, actor, customer, target_kind="invoice", target_public_id=invoice)


refresh_on(OfficeInvoiceState, "invoice.", "payment.", "business.")
