"""The live timeline of a job: scheduled, on the way, in progress, complete, and what can come between."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import reflex as rx

from portal_app import clock
from portal_app.components.ages import age
from portal_app.components.icons import icon
from portal_app.components.visit_words import LIVE, figure_of, headline_of, is_today, note_of
from portal_app.components.words import Words, clip, together
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
# What plans a visit anew, and what happens on its day.
_PLANS = ("scheduled", "unscheduled")
_ACTS = ("on_the_way", "in_progress", "on_hold")
# Earlier ones are not told.
MOST_PAUSES = 3
_AHEAD = {"in_progress": "We start when we are there.", "completed": "What was done will appear here."}
_GOES_ON = "Work goes on when we are there."


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


@dataclass(frozen=True, slots=True)
class _Told:
    """What a timeline is told with: the leading visit, when and by whom each status was reached, and what came between.

    `between` is what followed each step of the road before the next one: pauses, and when somebody set off or went on.
    """

    visit: VisitFacts | None
    at: Mapping[str, datetime]
    who: Mapping[str, Sequence[str]]
    between: Mapping[str, Sequence[Step]]
    words: Words

    def when(self, status: str) -> str:
        """Return when a status was reached."""
        return self.moment(self.at.get(status))

    def moment(self, at: datetime | None) -> str:
        """Return a moment in words."""
        return self.words.moment(at) if at else ""


def track_of(
    visit: VisitFacts | None,
    steps: Iterable[Step],
    job_status: str,
    words: Words,
    closed_at: datetime | None = None,
) -> list[TrackStep]:
    """Return the steps of a job as its leading visit and their history say; `job_status` wins once it is over.

    `closed_at` is when the job was over, where its visit says nothing of that.
    """
    trip = _last_trip(tuple(steps))
    if job_status == "completed" and visit is not None and visit.status == "canceled":
        visit, trip = None, ()
    acts = _acts(trip)
    firsts = _firsts(acts)
    reached = {step.status: step for step in (*trip, *acts) if step.status not in _ROAD[1:3]}
    reached |= {step.status: step for step in firsts}
    people = {name: step.who for name, step in reached.items()}
    status = _status(visit, job_status)
    moments = _moments(visit, trip, reached)
    if closed_at is not None and status == job_status in ("completed", "canceled"):
        moments.setdefault(status, closed_at)
    told = _Told(visit, moments, people, _between(acts, firsts), words)
    if status == "canceled":
        return _canceled(told, job_status)
    if status == "on_hold":
        return _paused(told)
    if status in _ROAD:
        return _on_the_road(told, status)
    happened = [name for name in _ROAD if name in told.at]
    ahead = _ROAD[_ROAD.index(happened[-1]) + 1 :] if happened else _ROAD[1:]
    return [*_done_steps(told, happened), _first(status, visit, words), *map(_ahead, ahead)]


def _status(visit: VisitFacts | None, job_status: str) -> str:
    if job_status in {"completed", "canceled"}:
        return job_status
    if visit is None or (visit.status in {"unscheduled", "completed", "canceled"} and job_status == "on_hold"):
        return job_status if job_status in {"on_hold", "unknown"} else "unscheduled"
    return visit.status


def _last_trip(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return the steps since the visit was planned last: what was called off is not a part of it."""
    planned = [place for place, step in enumerate(steps) if step.status in _PLANS]
    return steps[planned[-1] :] if planned else steps


def _acts(steps: Iterable[Step]) -> list[Step]:
    """Return what happened on the day; the same told twice in a row is one thing, at its earliest time."""
    found: list[Step] = []
    for step in steps:
        if found and found[-1].status == step.status:
            last = found[-1]
            found[-1] = Step(step.status, min(last.at, step.at), last.who or step.who)
        elif step.status in _ACTS:
            found.append(step)
    return found


def _firsts(acts: Sequence[Step]) -> list[Step]:
    """Return when work began, and before that when somebody first set off to it."""
    began = next((place for place, step in enumerate(acts) if step.status == "in_progress"), len(acts))
    left = next((step for step in acts[:began] if step.status == "on_the_way"), None)
    return [step for step in (left, *acts[began : began + 1]) if step is not None]


def _moments(visit: VisitFacts | None, trip: Sequence[Step], reached: Mapping[str, Step]) -> dict[str, datetime]:
    """Return when each status was reached; the visit's own stamps count where its history has none since the plan."""
    found = {name: step.at for name, step in reached.items()}
    if visit is None:
        return found
    stamps = {
        "on_the_way": visit.on_the_way_at,
        "in_progress": visit.started_at,
        "on_hold": visit.on_hold_at,
        "completed": visit.completed_at,
        "canceled": visit.canceled_at,
    }
    planned = trip[0].at if trip and trip[0].status in _PLANS else None
    found = {name: at for name, at in stamps.items() if at and (planned is None or at >= planned)} | found
    began, left = found.get("in_progress"), found.get("on_the_way")
    if began and left and left > began and "on_the_way" not in reached:
        del found["on_the_way"]
    return found


def _between(acts: Sequence[Step], firsts: Sequence[Step]) -> dict[str, Sequence[Step]]:
    """Return what followed each step of the road, of many pauses the last ones."""
    found: dict[str, list[Step]] = {}
    behind = "scheduled"
    for step in acts:
        if any(step is first for first in firsts):
            behind = step.status
        else:
            found.setdefault(behind, []).append(step)
    return {name: _last_pauses(steps) for name, steps in found.items()}


def _last_pauses(steps: Sequence[Step]) -> Sequence[Step]:
    """Return the steps from the earliest pause that is told; who sets off from the work interrupts it as well."""
    pauses = [
        place
        for place, step in enumerate(steps)
        if step.status == "on_hold"
        or (step.status == "on_the_way" and (place == 0 or steps[place - 1].status != "on_hold"))
    ]
    return steps[pauses[-MOST_PAUSES] :] if len(pauses) > MOST_PAUSES else steps


def _on_the_road(told: _Told, status: str) -> list[TrackStep]:
    reached = _ROAD.index(status)
    if status == "completed":
        # Nobody says that somebody was on the way to a job whose visit is not finished, or that never had one.
        whole = told.visit is not None and told.visit.status == "completed"
        return _done_steps(told, [name for name in _ROAD if whole or name in told.at or name == "completed"])
    begun = status == "on_the_way" and "in_progress" in told.at
    behind = _done_steps(told, _ROAD[: 3 if begun else reached + 1])
    when = behind.pop().when if behind[-1].name == _NAMES[status] else ""
    ahead = [_ahead(name) for name in _ROAD[reached + 1 :]]
    if begun:
        ahead[0] = TrackStep(_NAMES["in_progress"], "next", text=_GOES_ON)
    return [*behind, _present(told, when), *ahead]


def _done_steps(told: _Told, names: Iterable[str]) -> list[TrackStep]:
    """Return steps that lie behind, after each what came before the next one."""
    found: list[TrackStep] = []
    for name in names:
        found.append(TrackStep(_NAMES[name], "done", told.when(name), _done(name, told)))
        for step in told.between.get(name, ()):
            found.append(TrackStep(_NAMES[step.status], "done", told.moment(step.at), _again(step, name)))
    return found


def _again(step: Step, behind: str) -> str:
    """Return what a step that is not the first of its kind was."""
    if step.status == "in_progress":
        return "Work went on."
    who = together(step.who)
    again = " again" if behind != "scheduled" else ""
    return f"{who} set off{again}." if who and step.status == "on_the_way" else ""


def _present(told: _Told, when: str) -> TrackStep:
    """Return the step that a visit is at: what happens, what else is said of it, and the likely arrival."""
    visit, words = told.visit, told.words
    if visit is None:
        return TrackStep(_NAMES["scheduled"], "now", when)
    figure, figure_note, figure_told = figure_of(visit, words, today=is_today(visit, words))
    note = note_of(visit, words, late=False)
    return TrackStep(
        name=_NAMES[visit.status],
        state="now",
        when=when,
        text=" ".join(part for part in (_now(visit, words) if visit.status in LIVE or not note else "", note) if part),
        figure=figure,
        figure_note=figure_note[:1].upper() + figure_note[1:],
        told=figure_told,
        told_iso=clock.iso(visit.eta_told_at) if figure_told else "",
    )


def _ahead(name: str) -> TrackStep:
    return TrackStep(_NAMES[name], "next", text=_AHEAD.get(name, ""))


def _now(visit: VisitFacts, words: Words) -> str:
    if visit.status in LIVE:
        return f"{headline_of(visit, words)}."
    if (window := words.several_days(visit)) is not None:
        # Until it is open, the heading says all of it.
        return f"{words.all_of(visit)}." if window[0] <= words.now else ""
    return f"{words.when(visit)}."


def _done(name: str, told: _Told) -> str:
    """Return what happened at a step, and who did it where that is known of that moment."""
    visit, words = told.visit, told.words
    if name == "scheduled" and visit is not None:
        day, span = words.long_day(words.day(visit.sort_at)), words.span(visit)
        return words.all_of(visit) or (f"{day}, {span}" if span else day)
    did = {"on_the_way": "set off", "in_progress": "started", "completed": "finished the work"}.get(name)
    who = together(told.who.get(name, ()))
    if not who and visit is not None and visit.status == name == "completed":
        who = together([person.name for person in visit.technicians])
    return f"{who} {did}." if who and did else ""


def _first(status: str, visit: VisitFacts | None, words: Words) -> TrackStep:
    if status == "unknown":
        day = f"{words.day_words(words.day(visit.sort_at))}. " if visit is not None else ""
        return TrackStep("Being updated", "now", text=f"{day}The office is updating this visit.")
    return TrackStep("To be arranged", "now", text="We are finding you a time.")


def _paused(told: _Told) -> list[TrackStep]:
    done = _done_steps(told, [name for name in _ROAD[:3] if name in told.at or (name == "scheduled" and told.visit)])
    visit = told.visit if told.visit is not None and told.visit.status == "on_hold" else None
    if visit is None:
        return [*done, TrackStep(_NAMES["on_hold"], "now", text="Work is paused."), _ahead("completed")]
    if done[-1].name == _NAMES["on_hold"]:
        done.pop()
    there = told.who.get("on_hold") or [person.name for person in visit.technicians]
    who = together(there) if "in_progress" in told.at else ""
    stopped = f"{who}’s work is paused." if who else "Work is paused."
    text = f"{stopped} {clip(visit.status_reason)}".rstrip()
    return [*done, TrackStep(_NAMES["on_hold"], "now", told.when("on_hold"), text), _ahead("completed")]


def _canceled(told: _Told, job_status: str) -> list[TrackStep]:
    """Return what was done before; a job that goes on without the visit waits for another one from the next day on."""
    visit, words = told.visit, told.words
    off = visit if visit is not None and visit.status == "canceled" else None
    done = _done_steps(told, [name for name in _ROAD[:3] if name in told.at])
    who = together([person.name for person in off.technicians]) if off else ""
    said = f"The visit with {who} was cancelled." if who else "The visit was cancelled." if off else ""
    text = " ".join(part for part in (said, clip(off.status_reason) if off else "") if part)
    stopped = TrackStep(_NAMES["canceled"], "stopped", told.when("canceled"), text)
    if job_status == "canceled" or off is None or is_today(off, words):
        return [*done, stopped]
    return [*done, stopped, _first("unscheduled", None, words), *map(_ahead, _ROAD[1:])]


def job_timeline(steps: rx.vars.ArrayVar[list[TrackStep]]) -> rx.Component:
    """Return the timeline; the current step is alive."""
    return rx.el.ol(rx.foreach(steps, _row), class_name="track")


def _row(step: rx.vars.ObjectVar[TrackStep], place: rx.Var[int]) -> rx.Component:
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
        key=place,
    )
