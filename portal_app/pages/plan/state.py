"""The state of one recurring plan's page; it follows what happens by itself."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

import reflex as rx
from pydantic import Field

from portal_app import clock
from portal_app.components.crm_news import ask_when_old
from portal_app.components.freshness import turns_at
from portal_app.components.loading import Trouble, attempt, public_id_in
from portal_app.components.words import Words
from portal_app.database import reading
from portal_app.gate import CUSTOMER, allow, caller, refresh_on
from portal_app.pages.plan.views import PlanView, plan_view
from portal_app.services import business, series
from portal_app.services.actors import Customer


class PlanState(rx.State):
    """What the page shows; `trouble` says why it cannot."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    plan: rx.Field[PlanView] = rx.field(default_factory=PlanView)

    _public_id: str = ""
    _turns_at: datetime | None = None

    @rx.event
    @allow(CUSTOMER)
    async def load(self) -> None:
        """Show the plan that the address names."""
        wanted = public_id_in(self)
        if wanted != self._public_id:
            self.plan, self.loaded, self._public_id = PlanView(), False, wanted
        await self._show(caller(self), series.PAGE)
        await ask_when_old(current=self.plan.current)

    async def _refresh(self, actor: Customer) -> None:
        """Read as much of the past anew as is on screen."""
        await self._show(actor, max(series.PAGE, len(self.plan.past)))

    async def _show(self, actor: Customer, rows: int) -> None:
        found, self.trouble = await attempt(_read, actor, self._public_id, "", rows)
        if found is not None:
            view, self._turns_at = found
            self.plan, self.loaded = _bounded(view), True
        elif self.trouble.empties:
            self.plan, self.loaded = PlanView(), False

    async def _tick(self, actor: Customer, _as_of: datetime | None) -> None:
        """Read the plan anew when arrivals, windows and days have passed, which they do without an event."""
        if self.loaded and self._turns_at and clock.now() >= self._turns_at:
            await self._refresh(actor)

    @rx.event
    @allow(CUSTOMER)
    async def show_earlier(self, cursor: Annotated[str, Field(max_length=60)]) -> None:
        """Add the visits after the cursor; a press that came twice adds them once."""
        if not cursor or cursor != self.plan.next:
            return
        found, self.trouble = await attempt(_read, caller(self), self._public_id, cursor, series.PAGE)
        if found is not None:
            view, self._turns_at = found
            self.plan = _bounded(replace(view, past=[*self.plan.past, *view.past]))
        elif self.trouble.empties:
            self.plan, self.loaded = PlanView(), False


def _bounded(view: PlanView) -> PlanView:
    return replace(view, next="") if len(view.past) >= series.LONGEST_PAGE else view


def _read(actor: Customer, public_id: str, cursor: str, rows: int) -> tuple[PlanView, datetime]:
    look = business.look()
    words = Words(look)
    with reading() as session:
        detail = series.get(session, actor, look.zone, public_id, cursor=cursor, limit=rows, now=words.now)
    return plan_view(detail, words), turns_at([detail.plan.visit, *detail.coming], words)


refresh_on(PlanState, "visit.", "job.", "series.", "location.", "technician.", "contact.", "business.")
