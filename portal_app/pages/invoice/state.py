"""The state of one invoice's page."""

from dataclasses import dataclass, field

import reflex as rx

from portal_app import routes
from portal_app.components.invoice_paper import InvoicePaper, paper_of
from portal_app.components.loading import Trouble, attempt, public_id_in
from portal_app.components.words import Words, clip
from portal_app.database import reading
from portal_app.gate import CUSTOMER, allow, caller, refresh_on
from portal_app.services import business, invoices
from portal_app.services.actors import Customer


@dataclass(frozen=True)
class InvoiceView:
    """The document, the address of its PDF, and the job it is for, where the reader may see that."""

    paper: InvoicePaper = field(default_factory=InvoicePaper)
    sub: str = ""
    job: str = ""
    job_href: str = ""
    pdf: str = ""


class InvoiceState(rx.State):
    """What the page shows; `trouble` says why it cannot."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    view: rx.Field[InvoiceView] = rx.field(default_factory=InvoiceView)

    _public_id: str = ""

    @rx.event
    @allow(CUSTOMER)
    async def load(self) -> None:
        """Show the invoice that the address names."""
        wanted = public_id_in(self)
        if wanted != self._public_id:
            self.view, self.loaded, self._public_id = InvoiceView(), False, wanted
        await self._refresh(caller(self))

    async def _refresh(self, actor: Customer) -> None:
        found, self.trouble = await attempt(_read, actor, self._public_id)
        if found is not None:
            self.view, self.loaded = found, True
        elif self.trouble.empties:
            self.view, self.loaded = InvoiceView(), False


def _read(actor: Customer, public_id: str) -> InvoiceView:
    words = Words(business.look())
    with reading() as session:
        document = invoices.get(session, actor, public_id)
    job_id, job = document.job or ("", "")
    head = document.head
    return InvoiceView(
        paper=paper_of(document, words),
        sub=", ".join(part for part in (clip(head.title), head.place) if part),
        job=clip(job) or ("The job" if job_id else ""),
        job_href=routes.job(job_id) if job_id else "",
        pdf=routes.invoice_file(public_id),
    )


refresh_on(InvoiceState, "invoice.", "payment.", "job.", "location.", "customer.", "contact.", "business.")
