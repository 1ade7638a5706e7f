"""The words of a recurring plan."""

from portal_app.components.visit_words import LIVE, doing, is_today
from portal_app.components.words import Words, plural
from portal_app.services.series import Plan


def next_words(plan: Plan, words: Words, *, short: bool = False) -> str:
    """Return when the next visit of a plan is, with short months on request, or what happens at one under way."""
    visit = plan.visit
    if plan.over:
        return f"Ended {words.short_day(plan.ends_on)}" if plan.ends_on else "Ended"
    if visit is not None and visit.status in LIVE:
        return doing(visit, words)
    if visit is not None and visit.status == "on_hold":
        return "Work is paused"
    next_on = plan.next_on
    if visit is not None and visit.status in {"scheduled", "unknown"} and is_today(visit, words):
        # Its window may have begun before today.
        next_on = words.day(visit.sort_at)
    if next_on is None:
        return "No date yet"
    if visit is not None and words.day(visit.sort_at) == next_on:
        return words.when(visit, short=short)
    return words.day_words(next_on)


def counted(plan: Plan) -> str:
    """Return how many visits of a plan are done and how many have been planned, such as `3 done, 1 to come`."""
    done = plural(plan.done, "visit", "visits") + " done" if plan.done else "None done yet"
    return f"{done}, {plan.coming} to come" if plan.coming else done
