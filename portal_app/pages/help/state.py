"""The questions' state: what is shown follows what is typed."""

from dataclasses import dataclass, field
from typing import Annotated

import reflex as rx
from pydantic import Field

from portal_app.components.loading import Trouble, attempt
from portal_app.database import reading
from portal_app.gate import CUSTOMER, allow, caller, refresh_on
from portal_app.services import business, faqs
from portal_app.services.actors import Customer
from portal_app.services.faqs import Answered

Typed = Annotated[str, Field(max_length=120)]


@dataclass(frozen=True)
class QuestionView:
    """One question; `html` is safe to show."""

    id: str = ""
    question: str = ""
    html: str = ""


@dataclass(frozen=True)
class HelpView:
    """What is shown: `none` is empty, `search` when nothing fits what was typed, or `start` when there is nothing."""

    questions: list[QuestionView] = field(default_factory=list)
    hours: list[str] = field(default_factory=list)
    none: str = ""
    count: str = ""


class HelpState(rx.State):
    """What the page shows."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    view: rx.Field[HelpView] = rx.field(default_factory=HelpView)

    _typed: str = ""

    @rx.event
    @allow(CUSTOMER)
    async def load(self) -> None:
        """Show all questions."""
        self._typed = ""
        await self._refresh(caller(self))

    @rx.event
    @allow(CUSTOMER)
    async def search(self, typed: Typed) -> None:
        """Show the questions that fit what is typed."""
        self._typed = typed
        await self._refresh(caller(self))

    async def _refresh(self, actor: Customer) -> None:
        """Read them anew; called by the live feed as well."""
        found, self.trouble = await attempt(_read, actor, self._typed)
        if found is not None:
            self.view, self.loaded = found, True
        elif self.trouble.empties:
            self.view, self.loaded = HelpView(), False


def _read(actor: Customer, typed: str) -> HelpView:
    with reading() as session:
        answered = faqs.read(session, actor)
    return help_view(answered, faqs.matching(answered, typed), typed, business.look().hours)


def help_view(answered: list[Answered], found: list[Answered], typed: str, hours: str) -> HelpView:
    """Return the page's view of all that is answered and of what fits."""
    searching = bool(typed.strip())
    none = "" if found else "search" if answered else "start"
    count = ("1 answer" if len(found) == 1 else f"{len(found)} answers") if searching and found else ""
    questions = [QuestionView(one.public_id, one.question, one.html) for one in found]
    return HelpView(questions, hours.splitlines(), none, count)


refresh_on(HelpState, "business.")
