"""The state of one job's page; it follows what happens by itself."""

import reflex as rx

from portal_app.components.loading import Trouble, attempt, public_id_in
from portal_app.components.words import Words
from portal_app.database import reading
from portal_app.gate import CUSTOMER, allow, caller, refresh_on
from portal_app.pages.job.views import JobView, job_view
from portal_app.services import business, jobs
from portal_app.services.actors import Customer


class JobState(rx.State):
    """What the page shows; `trouble` says why it cannot."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    job: rx.Field[JobView] = rx.field(default_factory=JobView)

    _public_id: str = ""

    @rx.event
    @allow(CUSTOMER)
    async def load(self) -> None:
        """Show the job that the address names."""
        wanted = public_id_in(self)
        if wanted != self._public_id:
            self.job, self.loaded, self._public_id = JobView(), False, wanted
        await self._refresh(caller(self))

    async def _refresh(self, actor: Customer) -> None:
        found, self.trouble = await attempt(_read, actor, self._public_id)
        if found is not None:
            self.job, self.loaded = found, True
        elif self.trouble.empties:
            self.job, self.loaded = JobView(), False


def _read(actor: Customer, public_id: str) -> JobView:
    look = business.look()
    words = Words(look)
    with reading() as session:
        return job_view(jobs.get(session, actor, look.zone, public_id, now=words.now), words)


refresh_on(JobState, "visit.", "job.", "invoice.", "quote.", "location.", "technician.", "contact.", "business.")
