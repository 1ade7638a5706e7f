"""The words of one plan's page."""

from dataclasses import dataclass, field

from portal_app import routes
from portal_app.components.plan_words import counted, next_words
from portal_app.components.records import RecordRow
from portal_app.components.visit_words import LIVE, doing, is_current, visit_badge
from portal_app.components.words import Words, clip, first_name
from portal_app.services.series import Detail
from portal_app.services.visits import VisitFacts


@dataclass(frozen=True)
class PlanView:
    """The whole page, ready to show; `next` is where the past goes on, empty at the end.

    `current` says that what is told of its visit may be otherwise by now.
    """

    title: str = ""
    sub: str = ""
    when: str = ""
    counted: str = ""
    badge: str = ""
    tone: str = ""
    current: bool = False
    coming: list[RecordRow] = field(default_factory=list)
    past: list[RecordRow] = field(default_factory=list)
    next: str = ""


def plan_view(detail: Detail, words: Words) -> PlanView:
    """Return the page of one plan."""
    plan = detail.plan
    ends = f"until {words.full_date(plan.ends_on)}" if plan.ends_on and not plan.over else ""
    badge, tone = visit_badge(plan.visit.status) if plan.visit and plan.visit.status in LIVE else ("", "")
    return PlanView(
        title=clip(plan.title) or "Plan",
        sub=", ".join(part for part in (clip(plan.rhythm), ends, plan.place) if part),
        when=next_words(plan, words),
        counted=counted(plan),
        badge=badge,
        tone=tone,
        current=is_current(plan.visit, words),
        coming=[coming_row(visit, words) for visit in detail.coming],
        past=[past_row(visit, words) for visit in detail.past],
        next=detail.next_cursor,
    )


def coming_row(visit: VisitFacts, words: Words) -> RecordRow:
    """Return the row of a visit that is still to come, or under way."""
    if visit.status in LIVE:
        title = doing(visit, words)
    elif visit.status == "unscheduled":
        title = "No time yet"
    else:
        title = words.when(visit, short=True)
    return _row(visit, "calendar", title, clip(visit.title))


def past_row(visit: VisitFacts, words: Words) -> RecordRow:
    """Return the row of a visit that is over: its day, who came and what was done."""
    day = words.full_date(words.day(visit.completed_at or visit.sort_at))
    who = first_name(visit.technicians[0].name) if visit.technicians and visit.status == "completed" else ""
    text = visit.status_reason if visit.status == "canceled" else visit.work_summary
    return _row(visit, "wrench", f"{day}, {who}" if who else day, clip(text) or clip(visit.title))


def _row(visit: VisitFacts, icon: str, title: str, sub: str) -> RecordRow:
    badge, tone = visit_badge(visit.status)
    href = routes.job(visit.job_public_id)
    return RecordRow(visit.public_id, icon, title, sub, badge=badge, tone=tone, href=href)
