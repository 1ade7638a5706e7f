"""The words of the jobs' list."""

from portal_app import routes
from portal_app.components.records import RecordRow
from portal_app.components.visit_words import doing, visit_badge
from portal_app.components.words import Words, clip
from portal_app.services.jobs import Entry

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
    day, span = words.day_words(words.day(visit.sort_at)), words.span(visit)
    return f"{day}, {span}" if span else day
