"""The words of the jobs' list."""

from portal_app import routes
from portal_app.components.plan_words import counted, next_words
from portal_app.components.records import RecordRow
from portal_app.components.visit_words import LIVE, doing, visit_badge
from portal_app.components.words import Words, clip
from portal_app.services.jobs import Entry
from portal_app.services.series import Plan

_CLOSED = {"completed": ("Complete", "complete"), "canceled": ("Cancelled", "off")}


def active_row(job: Entry, words: Words) -> RecordRow:
    """Return the row of a job that is not over: what it is doing now, or when somebody comes."""
    word, tone = badge_of(job)
    return _row(job, _next(job, words), word, tone)


def past_row(job: Entry, words: Words) -> RecordRow:
    """Return the row of a job that is over, with the day it ended."""
    word, tone = badge_of(job)
    ended = words.day(job.closed_at or job.opened_at)
    return _row(job, words.short_day(ended), word, tone)


def plan_row(plan: Plan, words: Words) -> RecordRow:
    """Return the row that stands for all jobs of a recurring plan: its rhythm, what comes next, what was done."""
    word, tone = "Plan", "scheduled"
    if plan.over:
        word, tone = "Ended", "off"
    elif plan.visit is not None and plan.visit.status in {*LIVE, "on_hold"}:
        word, tone = visit_badge(plan.visit.status)
    parts = (next_words(plan, words, short=True), clip(plan.rhythm, 80), counted(plan), plan.place)
    return RecordRow(
        key=plan.public_id,
        icon="repeat",
        title=clip(plan.title) or "Plan",
        sub=" · ".join(part for part in parts if part),
        badge=word,
        tone=tone,
        href=routes.plan(plan.public_id),
    )


def badge_of(job: Entry) -> tuple[str, str]:
    """Return the state of a job in a word, and the tone of its badge: its present visit's, if it has one."""
    if job.status in _CLOSED:
        return _CLOSED[job.status]
    if job.visit is not None and job.status == "open":
        return visit_badge(job.visit.status)
    return {"on_hold": ("On hold", "processing"), "unknown": ("Being updated", "off")}.get(
        job.status, ("To be arranged", "scheduled")
    )


def _row(job: Entry, when: str, word: str, tone: str) -> RecordRow:
    sub = " · ".join(part for part in (when, job.place, f"Job {job.number}" if job.number else "") if part)
    return RecordRow(
        key=job.public_id,
        icon="wrench",
        title=clip(job.title) or "Job",
        sub=sub,
        badge=word,
        tone=tone,
        href=routes.job(job.public_id),
    )


def _next(job: Entry, words: Words) -> str:
    visit = job.visit
    if visit is None or visit.status == "unscheduled":
        return "No visit planned yet"
    if visit.status in {"on_the_way", "in_progress"}:
        return doing(visit, words)
    if visit.status == "on_hold":
        return "Work is paused"
    if visit.status == "completed":
        return f"Last visit {words.short_day(words.day(visit.completed_at or visit.sort_at))}"
    return words.when(visit, short=True)
