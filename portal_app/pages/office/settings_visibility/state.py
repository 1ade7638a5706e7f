"""What customers see, as the office sets it."""

import asyncio
from dataclasses import asdict, dataclass, field
from typing import Annotated

import reflex as rx
from pydantic import Field

from portal_app.components.loading import Trouble, attempt
from portal_app.database import reading, transaction
from portal_app.errors import PortalError
from portal_app.gate import STAFF, allow, caller, refresh_on
from portal_app.services import portal_rights, visibility
from portal_app.services.actors import Staff
from portal_app.services.rights import Permission, Right
from portal_app.services.visibility import DOWNLOADABLE, VIEW_ONLY, Shown

# Whole kinds of records are rights that nobody has while they are switched off.
KINDS = {"jobs": Right.VIEW_JOBS, "quotes": Right.VIEW_QUOTES, "invoices": Right.VIEW_MONEY}
_SWITCHES = (*KINDS, *(name for name in Shown.__slots__ if name != "photo_download"))
Form = Annotated[
    dict[
        Annotated[str, Field(pattern=f"^({'|'.join((*_SWITCHES, 'photo_download'))})$")],
        Annotated[str, Field(max_length=20)],
    ],
    Field(max_length=len(_SWITCHES) + 1),
]


@dataclass(frozen=True)
class VisibilityView:
    """What is set; `version` changes with it, so that the switches stand as it is."""

    on: dict[str, bool] = field(default_factory=dict)
    view_only: bool = False
    version: str = ""


class VisibilityState(rx.State):
    """What the page shows; `message` answers the last saving, `failed` says that nothing was saved."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    view: rx.Field[VisibilityView] = rx.field(default_factory=VisibilityView)
    message: rx.Field[str] = rx.field("")
    failed: rx.Field[bool] = rx.field(False)

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def load(self) -> None:
        """Show what is set."""
        self.message = ""
        await self._refresh(caller(self))

    async def _refresh(self, actor: Staff) -> None:
        """Read it anew; called by the live feed as well."""
        found, self.trouble = await attempt(_read, actor)
        if found is not None:
            self.view, self.loaded = found, True
        elif self.trouble.empties:
            self.view, self.loaded = VisibilityView(), False

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def save(self, form: Form) -> None:
        """Store what is switched; it counts at once."""
        actor = caller(self)
        try:
            await asyncio.to_thread(_save, actor, form)
            self.message, self.failed = "Saved. It counts from now on, on open pages too.", False
        except PortalError as error:
            self.message, self.failed = error.sentence, True
        await self._refresh(actor)


def _read(actor: Staff) -> VisibilityView:
    with reading() as session:
        shown = visibility.get(session, actor)
        off = set(portal_rights.portal_settings(session, actor).rights_off)
    values = asdict(shown)
    view_only = values.pop("photo_download") == VIEW_ONLY
    on = values | {name: right.value not in off for name, right in KINDS.items()}
    return VisibilityView(on, view_only, f"{sorted(on.items())} {view_only}")


def _save(actor: Staff, form: dict[str, str]) -> None:
    on = {name: name in form for name in _SWITCHES}
    download = form.get("photo_download", DOWNLOADABLE)
    wanted = Shown(photo_download=download, **{name: on[name] for name in _SWITCHES if name not in KINDS})
    with transaction() as session:
        about = portal_rights.portal_settings(session, actor)
        known = set(Right)
        kept = {Right(word) for word in about.rights_off if word in known} - set(KINDS.values())
        off = kept | {right for name, right in KINDS.items() if not on[name]}
        portal_rights.set_portal_settings(session, actor, frozenset(off), about.link_days)
        visibility.save(session, actor, wanted)


refresh_on(VisibilityState, "visibility.", "business.")
