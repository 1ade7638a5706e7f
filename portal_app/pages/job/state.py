"""The state of one job's page; it follows what happens by itself."""

import asyncio
from datetime import datetime

import reflex as rx

from portal_app import clock, logs
from portal_app.components.addresses import Id
from portal_app.components.crm_news import ask_when_old
from portal_app.components.loading import FAILED, Trouble, attempt_for_all, public_id_in
from portal_app.components.words import Words
from portal_app.database import reading, transaction
from portal_app.errors import PortalError
from portal_app.gate import CUSTOMER, allow, caller, refresh_on
from portal_app.pages.job.views import JobView, job_view, true_until
from portal_app.services import business, files, jobs, service_requests
from portal_app.services.actors import Customer

log = logs.get(__name__)


class JobState(rx.State):
    """What the page shows; `trouble` says why it cannot, `problem` why something that was pressed was not done."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    job: rx.Field[JobView] = rx.field(default_factory=JobView)
    problem: rx.Field[str] = rx.field("")

    _public_id: str = ""
    _true_until: datetime | None = None

    @rx.event
    @allow(CUSTOMER)
    async def load(self) -> None:
        """Show the job that the address names."""
        wanted = public_id_in(self)
        if wanted != self._public_id:
            self.job, self.loaded, self._public_id = JobView(), False, wanted
        self.problem = ""
        await self._refresh(caller(self))
        await ask_when_old(current=self.job.current)

    @rx.event
    @allow(CUSTOMER)
    async def ask_for_quote(self, recommendation: Id) -> None:
        """Ask the office for a quote of what was recommended; pressed again, it was asked for once."""
        self.problem = ""
        try:
            await asyncio.to_thread(_ask, caller(self), recommendation)
        except PortalError as error:
            self.problem = error.sentence
        except Exception as error:
            log.error("request_failed", reference=logs.reference(), exc_info=error)
            self.problem = FAILED
        await self._refresh(caller(self))

    async def _refresh(self, actor: Customer) -> None:
        found, self.trouble = await attempt_for_all(_read, actor, self._public_id)
        if found is not None:
            (self.job, self._true_until), self.loaded = found, True
        elif self.trouble.empties:
            self.job, self.loaded = JobView(), False

    async def _tick(self, actor: Customer, _as_of: datetime | None) -> None:
        """Read work that is not over anew now and then: windows, arrivals and days pass without an event."""
        if self.job.goes_on and self._true_until and clock.now() >= self._true_until:
            await self._refresh(actor)


def _ask(actor: Customer, recommendation: str) -> None:
    with transaction() as session:
        service_requests.ask_for_quote(session, actor, recommendation)


def _read(actor: Customer, public_id: str) -> tuple[JobView, datetime]:
    look = business.look()
    words = Words(look, clock.now())
    with reading() as session:
        detail = jobs.get(session, actor, look.zone, public_id, now=words.now)
    return job_view(detail, words), true_until(detail, words)


refresh_on(
    JobState,
    "visit.",
    "job.",
    "invoice.",
    "quote.",
    "request.",
    *files.SHOWN,
    "location.",
    "technician.",
    "contact.",
    "business.",
)
