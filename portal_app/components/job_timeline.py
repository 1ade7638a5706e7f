"""The live timeline of a job: scheduled, on the way, in progress, complete, and what can come between."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import reflex as rx

from portal_app import clock
from portal_app.components.ages import age
from portal_app.components.icons import icon
from portal_app.components.visit_words import LIVE, figure_of, headline_of, is_today, note_of
from portal_app.components.words import Words, clip, first_name
from portal_app.services.jobs import Step
from portal_app.services.visits import VisitFacts

_ROAD = ("scheduled", "on_the_way", "in_progress", "completed")
_NAMES = {
    "scheduled": "Scheduled",
    "on_the_way": "On the way",
    "in_progress": "In progress",
    "on_hold": "On hold",
    "completed": "Complete",
    "canceled": "Cancelled",
}
_AHEAD = {"in_progress": "We start when we are there.", "completed": "What was done will appear here."}


@dataclass(frozen=True)
class TrackStep:
    """One step; `state` is done, now, next or stopped.

    `figure` is the likely arrival with what it means and when it was told (`told_iso` lets its age tick).
    """

    name: str = ""
    state: str = "next"
    when: str = ""
    text: str = ""
    figure: str = ""
    figure_note: str = ""
    told: str = ""
    told_iso: str = ""


def track_of(visit: VisitFacts | None, steps: Iterable[Step], job_status: str, words: Words) -> list[TrackStep]:
    """Return the steps of a job as its leading visit and their history say; `job_status` wins once it is over."""
    happened = _moments(visit, steps)
    if job_status == "canceled" or (visit is not None and visit.status == "canceled"):
        return _canceled(visit, happened, words)
    status = "completed" if job_status == "completed" else visit.status if visit else "unscheduled"
    if status not in {*_ROAD, "on_hold"}:
        return [_first(status, visit, words), *(_step(name, "next", happened, words) for name in _ROAD[1:])]
    if status == "on_hold":
        return _paused(visit, happened, words)
    reached = _ROAD.index(status)
    found = []
    for place, name in enumerate(_ROAD):
        state = "done" if place < reached or status == "completed" else "now" if place == reached else "next"
        found.append(_step(name, state, happened, words, visit))
    return found


def _moments(visit: VisitFacts | None, steps: Iterable[Step]) -> dict[str, datetime]:
    """Return when each status was reached last; the visit's own stamps win over the history's."""
    found = {step.status: step.at for step in steps}
    if visit is not None:
        stamps = {
            "on_the_way": visit.on_the_way_at,
            "in_progress": visit.started_at,
            "on_hold": visit.on_hold_at,
            "completed": visit.completed_at,
            "canceled": visit.canceled_at,
        }
        found |= {name: at for name, at in stamps.items() if at}
    return found


def _step(
    name: str, state: str, happened: dict[str, datetime], words: Words, visit: VisitFacts | None = None
) -> TrackStep:
    at = happened.get(name) if state != "next" else None
    if state == "next":
        return TrackStep(_NAMES[name], state, text=_AHEAD.get(name, ""))
    if visit is None or state == "done":
        return TrackStep(_NAMES[name], state, words.moment(at) if at else "", _done(name, visit, words))
    figure, figure_note, told = figure_of(visit, words, today=is_today(visit, words))
    return TrackStep(
        name=_NAMES[name],
        state=state,
        when=words.moment(at) if at else "",
        text=note_of(visit, words) or _now(visit, words),
        figure=figure,
        figure_note=figure_note[:1].upper() + figure_note[1:],
        told=told,
        told_iso=clock.iso(visit.eta_told_at) if told else "",
    )


def _now(visit: VisitFacts, words: Words) -> str:
    if visit.status in LIVE:
        return f"{headline_of(visit, words)}."
    day, span = words.day_words(words.day(visit.sort_at)), words.span(visit)
    return f"{day}, {span}." if span else f"{day}."


def _done(name: str, visit: VisitFacts | None, words: Words) -> str:
    if visit is None:
        return ""
    if name == "scheduled":
        day = words.long_day(words.day(visit.sort_at))
        span = words.span(visit)
        return f"{day}, {span}" if span else day
    if name == "completed" and visit.technicians:
        return f"{first_name(visit.technicians[0].name)} finished the work."
    return ""


def _first(status: str, visit: VisitFacts | None, words: Words) -> TrackStep:
    if status == "unknown" and visit is not None:
        day = words.day_words(words.day(visit.sort_at))
        return TrackStep("Being updated", "now", text=f"{day}. The office is updating this visit.")
    return TrackStep("To be arranged", "now", text="We are finding you a time.")


def _paused(visit: VisitFacts | None, happened: dict[str, datetime], words: Words) -> list[TrackStep]:
    done = [
        _step(name, "done", happened, words, visit) for name in _ROAD[:3] if name == "scheduled" or name in happened
    ]
    at = happened.get("on_hold")
    reason = clip(visit.status_reason) if visit else ""
    hold = TrackStep("On hold", "now", words.moment(at) if at else "", reason or "Work is paused.")
    return [*done, hold, _step("completed", "next", happened, words)]


def _canceled(visit: VisitFacts | None, happened: dict[str, datetime], words: Words) -> list[TrackStep]:
    done = [_step(name, "done", happened, words, visit) for name in _ROAD[:3] if name in happened]
    at = happened.get("canceled")
    reason = clip(visit.status_reason) if visit else ""
    return [*done, TrackStep("Cancelled", "stopped", words.moment(at) if at else "", reason)]


def job_timeline(steps: rx.vars.ArrayVar[list[TrackStep]]) -> rx.Component:
    """Return the timeline; the current step is alive."""
    return rx.el.ol(rx.foreach(steps, _row), class_name="track")


def _row(step: rx.vars.ObjectVar[TrackStep]) -> rx.Component:
    mark = rx.match(step.state, ("done", icon("check", small=True)), ("stopped", icon("x", small=True)), rx.fragment())
    figure = rx.el.div(
        rx.el.p(step.figure, class_name="amount"),
        rx.el.p(
            step.figure_note,
            rx.cond(step.told != "", rx.fragment(", ", step.told, age(step.told_iso, after_seconds=60))),
            class_name="text muted",
        ),
        class_name="track-figure",
    )
    return rx.el.li(
        rx.el.span(mark, class_name="mark", aria_hidden="true"),
        rx.el.div(
            rx.el.h3(step.name, rx.cond(step.state == "done", rx.el.span(", done", class_name="sr"))),
            rx.cond(step.when != "", rx.el.span(step.when, class_name="small faint num nowrap")),
            class_name="between baseline",
        ),
        rx.cond(step.text != "", rx.el.p(step.text, class_name="text muted")),
        rx.cond(step.figure != "", figure),
        custom_attrs={"data-state": step.state, "aria-current": rx.cond(step.state == "now", "step", "false")},
        key=step.name,
    )
