"""The palette's state: what was found for what is typed."""

from typing import Annotated

import reflex as rx
from pydantic import Field

from portal_app.components.loading import attempt
from portal_app.components.palette_views import PaletteView, palette_view
from portal_app.components.words import Words
from portal_app.database import reading
from portal_app.gate import STAFF, allow, caller
from portal_app.services import business, customer_list, record_search
from portal_app.services.actors import Staff
from portal_app.services.rights import Permission

MOST_TYPED = 200
SHOWN = 5
Typed = Annotated[str, Field(max_length=MOST_TYPED)]


class PaletteState(rx.State):
    """What the palette shows."""

    view: rx.Field[PaletteView] = rx.field(default_factory=PaletteView)

    @rx.event
    @allow(STAFF)
    async def look(self, typed: Typed) -> None:
        """Show what is found; whoever may not see customers finds pages only."""
        found, trouble = await attempt(_read, caller(self), typed)
        self.view = found or PaletteView(typed, ready=True, told=trouble.sentence)

    @rx.event
    @allow(STAFF)
    def forget(self) -> None:
        """Keep nothing of what was found once the palette is shut."""
        self.view = PaletteView()


def _read(actor: Staff, typed: str) -> PaletteView:
    if not typed.strip() or Permission.VIEW_CUSTOMERS not in actor.permissions:
        return palette_view(typed, actor)
    look = business.look()
    words = Words(look)
    with reading() as session:
        customers = customer_list.first(session, actor, typed, country=look.country, today=words.today, limit=SHOWN)
        invoices, jobs = (record_search.find(session, actor, kind, typed, limit=SHOWN) for kind in ("invoice", "job"))
        return palette_view(typed, actor, customers, invoices, jobs, words)
