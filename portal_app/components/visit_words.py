"""The words of a visit: who comes, when, how far it is."""

from datetime import date, datetime, timedelta

from portal_app import clock, routes
from portal_app.components.shell_state import initials
from portal_app.components.visit_card import Step, VisitCard
from portal_app.components.words import Words, clip, first_name
from portal_app.services.visits import VisitFacts

STEPS = ("Scheduled", "On the way", "In progress", "Complete")
LIVE = ("on_the_way", "in_progress")
MOVING = ("scheduled", "on_the_way")
# Where one time was given and no window, that is not late yet.
GRACE = timedelta(minutes=15)
_BADGES = {
    "unscheduled": ("To be arranged", "scheduled"),
    "scheduled": ("Scheduled", "scheduled"),
    "on_the_way": ("On the way", "on-the-way"),
    "in_progress": ("In progress", "in-progress"),
    "on_hold": ("On hold", "processing"),
    "completed": ("Complete", "complete"),
    "canceled": ("Cancelled", "off"),
}
_STEP_OF = {"scheduled": 0, "on_the_way": 1, "in_progress": 2, "on_hold": 2, "completed": 3}


def visit_badge(status: str) -> tuple[str, str]:
    """Return a visit's state in a word, and the tone of its badge."""
    return _BADGES.get(status, ("Being updated", "off"))


def card_of(visit: VisitFacts, words: Words, place: str) -> VisitCard:
    """Return the card of one visit; `place` is the property's name, empty where there is only one."""
    lead = visit.technicians[0] if visit.technicians else None
    today = is_today(visit, words)
    moving = visit.status in MOVING
    figure, figure_note, told = figure_of(visit, words, today=today)
    day = _day(visit, words, today=today)
    window_start, window_end = words.ends(visit, days=not day) if moving else ("", "")
    return VisitCard(
        shown=True,
        live=visit.status in LIVE,
        headline=_headline(visit, first_name(lead.name) if lead else "", words, today=today),
        href=routes.job(visit.job_public_id),
        title=visit.title,
        place=place,
        note=note_of(visit, words),
        day=day,
        figure=figure,
        dated=", " in figure,
        figure_note=figure_note,
        told=told,
        window_start=window_start,
        window_end=window_end,
        at=_mark(visit) if moving and today else "",
        technician=lead.name if lead else "",
        initials=initials(lead.name) if lead else "",
        photo=routes.technician_photo(lead.public_id) if lead and lead.photo else "",
        steps=_steps(visit.status),
    )


def is_today(visit: VisitFacts, words: Words) -> bool:
    """Return whether a visit is under way, planned for today, or in a window that is still open."""
    if visit.status in LIVE or words.day(visit.sort_at) == words.today:
        return True
    return visit.window_end is not None and visit.sort_at < words.now < visit.window_end


def is_current(visit: VisitFacts | None, words: Words) -> bool:
    """Return whether what is said of a visit may be otherwise by now: today's, and what was put off without a day."""
    return visit is not None and (is_today(visit, words) or visit.status in {"on_hold", "unscheduled"})


def _day(visit: VisitFacts, words: Words, *, today: bool) -> str:
    """Return the day in words for a visit that is not today's; what has no time yet has no day either."""
    if today or visit.status not in {"scheduled", "unknown"}:
        return ""
    return words.days(visit) or words.day_words(words.day(visit.sort_at))


def figure_of(visit: VisitFacts, words: Words, *, today: bool) -> tuple[str, str, str]:
    """Return the large time, what it means and when it was told."""
    if not today or visit.status not in MOVING:
        return "", "", ""
    if visit.eta_at is None:
        return (*_planned(visit, words), "") if visit.status == "scheduled" else ("", "", "")
    meaning = "likely arrival" if is_ahead(visit.eta_at, words) else "was the likely arrival"
    told = f"told at {words.moment(visit.eta_told_at)}" if visit.eta_told_at else ""
    return _on_its_day(visit.eta_at, words), meaning, told


def _planned(visit: VisitFacts, words: Words) -> tuple[str, str]:
    """Return the time of the arrival window that is still to come, and what it means; empty once there is none."""
    start, end = visit.window_start, _due(visit)
    if start is not None and start > words.now:
        return _on_its_day(start, words), "earliest arrival" if end != start else "planned arrival"
    if end is None or end <= words.now:
        return "", ""
    if start is not None and words.whole_days(start, end):
        several = words.several_days(visit) is not None
        return (_near_day(words.last_day(start, end), words), "latest arrival") if several else ("", "")
    return _on_its_day(end, words), "latest arrival"


def _on_its_day(moment: datetime, words: Words) -> str:
    """Return a time, with its day before it where that is not today."""
    day = words.day(moment)
    return words.time(moment) if day == words.today else f"{_near_day(day, words)}, {words.time(moment)}"


def _near_day(day: date, words: Words) -> str:
    """Return yesterday, today or tomorrow, or a short day."""
    return words.day_words(day) if abs(clock.whole_days(words.today, day)) <= 1 else words.short_day(day)


def is_ahead(moment: datetime | None, words: Words) -> bool:
    """Return whether a time that is told to the minute has not passed."""
    return moment is not None and passes_at(moment) > words.now


def passes_at(moment: datetime) -> datetime:
    """Return when a time that is told to the minute has passed."""
    return clock.minute_of(moment) + timedelta(minutes=1)


def _due(visit: VisitFacts) -> datetime | None:
    """Return by when somebody was to come: the end of the arrival window, or the one time that was given."""
    start, end = visit.window_start, visit.window_end
    return end if end is not None and (start is None or end > start) else start


def is_overdue(visit: VisitFacts, words: Words) -> bool:
    """Return whether the time for which a visit was planned has passed, nobody came and no later arrival was told."""
    due = _due(visit)
    return due is not None and due <= words.now and not visit.begun and not is_ahead(visit.eta_at, words)


def late_at(visit: VisitFacts) -> datetime | None:
    """Return from when on a visit that nobody has come to is late."""
    due = _due(visit)
    return due + GRACE if due is not None and due != visit.window_end else due


def _headline(visit: VisitFacts, who: str, words: Words, *, today: bool) -> str:
    somebody = who or "Somebody"
    if visit.status == "scheduled":
        return _coming(visit, somebody, words, today=today)
    return {
        "on_the_way": f"{somebody} is on the way",
        "in_progress": f"{who} is here" if who else "Work is in progress",
        "on_hold": "Work is paused",
        "completed": "All done",
        "canceled": "Today’s visit was cancelled",
        "unscheduled": "We are finding you a time",
    }.get(visit.status, "The office is updating this visit")


def _coming(visit: VisitFacts, somebody: str, words: Words, *, today: bool) -> str:
    """Return what is planned: no window that has passed, or will not be kept, as if it were to come."""
    if today and is_overdue(visit, words):
        return f"{somebody} was due {words.span(visit) or 'today'}"
    due = _due(visit)
    late = due is not None and visit.eta_at is not None and visit.eta_at > due
    if not today or late or words.several_days(visit) is not None:
        return f"{somebody} is coming"
    return f"{somebody} is coming {words.span(visit) or 'today'}"


def note_of(visit: VisitFacts, words: Words, *, late: bool = True) -> str:
    """Return what else there is to say: that it is late, what was said on the way, why it stopped."""
    if visit.status in MOVING:
        return " ".join(part for part in (lateness(visit, words) if late else "", _travel(visit, words)) if part)
    if visit.status in {"canceled", "on_hold"}:
        return _stopped(visit, words)
    if visit.status == "completed":
        return f"Finished at {words.time(visit.completed_at)}." if visit.completed_at else ""
    if visit.status == "in_progress" and visit.started_at:
        return f"Started {_at(visit.started_at, words)}."
    return ""


def _stopped(visit: VisitFacts, words: Words) -> str:
    """Say why a visit stopped, and when, where anybody knows."""
    at = visit.canceled_at if visit.status == "canceled" else visit.on_hold_at
    said = "Cancelled" if visit.status == "canceled" else "Paused"
    when = f"{said} {_at(at, words)}." if at else ""
    return " ".join(part for part in (clip(visit.status_reason), when) if part)


def lateness(visit: VisitFacts, words: Words) -> str:
    """Say that the time that was given will not be kept, or was not, where anybody knows of it."""
    due, last = _due(visit), late_at(visit)
    if due is None or last is None or visit.status not in MOVING or visit.begun:
        return ""
    window = due == visit.window_end
    if visit.eta_at and visit.eta_at > last and is_ahead(visit.eta_at, words):
        verb = "ended" if due <= words.now else "ends"
        return (
            f"Likely later than the window, which {verb} {_end(visit, due, words)}."
            if window
            else (f"Likely later than the planned {words.moment(due)}.")
        )
    if last > words.now:
        return ""
    if not window and visit.status != "scheduled":
        return ""
    passed = f"The window ended {_end(visit, due, words)}" if window else f"It was planned for {words.moment(due)}"
    if visit.status == "scheduled" and not (visit.travel_update_at and visit.travel_update_at > due):
        return f"{passed} and we have no news yet. Please ring the office."
    return f"{passed}."


def _end(visit: VisitFacts, due: datetime, words: Words) -> str:
    """Return when a window ends; one of whole days ends with a day."""
    start = visit.window_start
    if start is None or not words.whole_days(start, due):
        return _at(due, words)
    last = words.last_day(start, due)
    return "today" if last == words.today else f"on {words.short_day(last)}"


def _at(moment: datetime, words: Words) -> str:
    """Return `at 10:42`, or `on 20 Nov, 10:42` where that is not today."""
    return f"{'at' if words.day(moment) == words.today else 'on'} {words.moment(moment)}"


def _travel(visit: VisitFacts, words: Words) -> str:
    at, text = visit.travel_update_at, clip(visit.travel_update)
    if not text or (at and words.day(at) != words.today):
        return ""
    return f"{words.time(at)}: {text}" if at else text


def _mark(visit: VisitFacts) -> str:
    """Return where on the window's rail the likely arrival stands, from 0% to 100%; empty without either."""
    start, end, eta = visit.window_start, visit.window_end, visit.eta_at
    if start is None or end is None or eta is None or end <= start:
        return ""
    return f"{_percent(eta - start, end - start)}%"


def _percent(part: timedelta, whole: timedelta) -> int:
    return max(0, min(100, round(100 * (part / whole))))


def _steps(status: str) -> list[Step]:
    """Return the four steps; none for what is not on that road."""
    if status not in _STEP_OF:
        return []
    reached = _STEP_OF[status]
    states = ["done" if i < reached or status == "completed" else "now" if i == reached else "next" for i in range(4)]
    return [Step(label, state) for label, state in zip(STEPS, states, strict=True)]


def headline_of(visit: VisitFacts, words: Words) -> str:
    """Return what happens at a visit, in a few words."""
    who = first_name(visit.technicians[0].name) if visit.technicians else ""
    return _headline(visit, who, words, today=is_today(visit, words))


def doing(visit: VisitFacts, words: Words) -> str:
    """Return what happens at a visit that is under way, in one line."""
    who = first_name(visit.technicians[0].name) if visit.technicians else ""
    if visit.status == "in_progress":
        return f"{who} is here" if who else "Work is in progress"
    eta: datetime | None = visit.eta_at
    likely = f", likely at {words.time(eta)}" if eta and is_ahead(eta, words) and words.day(eta) == words.today else ""
    return f"{who or 'Somebody'} is on the way{likely}"
