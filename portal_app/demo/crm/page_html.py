"""The HTML of the office's page; everything that comes from a record is escaped here."""

import json
import urllib.parse
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from zoneinfo import ZoneInfo

from portal_app.demo.crm.stamps import from_stamp, read_rfc3339
from portal_app.demo.crm.store import Command, Record

ZONE = ZoneInfo("Europe/London")
STATUS_WORDS = {
    "unscheduled": "Unscheduled",
    "scheduled": "Scheduled",
    "on_the_way": "On the way",
    "in_progress": "In progress",
    "on_hold": "On hold",
    "completed": "Complete",
    "canceled": "Cancelled",
}
# The first is what usually comes next.
_MOVES: dict[str, tuple[tuple[str, str], ...]] = {
    "unscheduled": (("scheduled", "Schedule"), ("canceled", "Cancel")),
    "scheduled": (("on_the_way", "Set off"), ("on_hold", "Put on hold"), ("canceled", "Cancel")),
    "on_the_way": (
        ("in_progress", "Arrived, start"),
        ("scheduled", "Back to scheduled"),
        ("on_hold", "Put on hold"),
        ("canceled", "Cancel"),
    ),
    "in_progress": (("completed", "Complete"), ("on_hold", "Put on hold"), ("canceled", "Cancel")),
    "on_hold": (("in_progress", "Go on"), ("scheduled", "Back to scheduled"), ("canceled", "Cancel")),
    "completed": (("scheduled", "Start over"),),
    "canceled": (("scheduled", "Schedule again"),),
}
_ANY = (("scheduled", "Schedule"), ("on_the_way", "Set off"), ("in_progress", "Start"), ("canceled", "Cancel"))
_STEPS = ("scheduled", "on_the_way", "in_progress", "completed")


@dataclass(frozen=True)
class VisitCard:
    """One visit, ready to show; times are as stored."""

    key: str
    customer: str
    title: str
    place: str
    status: str
    start: str | None
    end: str | None
    eta: str | None
    technician_ids: list[str]
    technicians: list[str]
    notes: list[str]


def visits_page(groups: list[tuple[str, list[VisitCard]]], technicians: list[tuple[str, str]], now: datetime) -> str:
    """Show visits by customer."""
    sections = "".join(
        f'<section><h2>{escape(customer)}</h2><div class="cards">'
        + "".join(_visit(card, technicians, now) for card in cards)
        + "</div></section>"
        for customer, cards in groups
    )
    empty = '<p class="empty">No open visits. Everything is done.</p>'
    lead = "Today’s and open visits. What you change here is on the customer’s phone with the portal’s next look."
    return _page("Visits", "/", f'<p class="lead">{lead}</p>{sections or empty}')


def received_page(commands: list[Command]) -> str:
    """Show what the portal sent."""
    rows = "".join(_command(command) for command in commands)
    empty = '<p class="empty">Nothing yet. Payments, approvals, messages and requests will be listed here.</p>'
    return _page("Received", "/received", f'<div class="cards wide">{rows}</div>' if rows else empty)


def trouble_page(choices: list[tuple[str, str]], faults: list[Record]) -> str:
    """Show the faults in force and buttons for more."""
    now = "".join(f"<li><code>{escape(json.dumps(fault))}</code></li>" for fault in faults)
    state = f'<ul class="faults">{now}</ul>' if faults else '<p class="empty">None. All is well.</p>'
    buttons = "".join(
        f'<button name="trouble" value="{escape(name)}">{escape(words)}</button>' for name, words in choices
    )
    return _page(
        "Trouble",
        "/trouble",
        '<p class="lead">How does the portal behave when this CRM does not?</p>'
        f'<form method="post" action="/trouble" class="stack">{buttons}'
        '<button name="trouble" value="none" class="primary">All well again</button></form>'
        f"<h2>In force</h2>{state}",
    )


def record_page(stream: str, key: str, fields: Record) -> str:
    """Show one record, field by field."""
    rows = "".join(
        f"<dt>{escape(name.replace('_', ' '))}</dt><dd>{_value(value)}</dd>"
        for name, value in fields.items()
        if value not in (None, "", [], {})
    )
    title = str(fields.get("title") or fields.get("name") or fields.get("number") or key)
    return _page(title, "", f'<p class="lead">{escape(stream)} · {escape(key)}</p><dl class="fields">{rows}</dl>')


def form_time(text: object) -> str:
    """Write a stored time for a `datetime-local` field; empty when there is none."""
    moment = _local(text)
    return "" if moment is None else moment.strftime("%Y-%m-%dT%H:%M")


def _visit(card: VisitCard, technicians: list[tuple[str, str]], now: datetime) -> str:
    name = escape(card.key)
    path = escape(f"/visits/{urllib.parse.quote(card.key, safe='')}")
    who = ", ".join(card.technicians) or "Nobody yet"
    eta = f"<div><dt>Likely arrival</dt><dd>{escape(_clock(card.eta))}</dd></div>" if card.eta else ""
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in card.notes)
    return (
        f'<article class="card" id="{name}"><header><h3>{escape(card.title)}</h3>{_badge(card.status)}</header>'
        f"<p>{escape(card.place)}</p>{_steps(card.status)}"
        f"<dl><div><dt>Window</dt><dd>{escape(_window(card, now))}</dd></div>{eta}"
        f"<div><dt>Technician</dt><dd>{escape(who)}</dd></div></dl>{notes}"
        f'<form method="post" action="{path}/move" class="moves">{_moves(card.status)}</form>'
        f"<details><summary>Window, arrival, technician</summary>{_change_form(card, path, technicians)}</details>"
        "</article>"
    )


def _moves(status: str) -> str:
    buttons = []
    for number, (target, words) in enumerate(_MOVES.get(status, _ANY)):
        look = ' class="primary"' if number == 0 else ""
        buttons.append(f'<button name="status" value="{target}"{look}>{words}</button>')
    return "".join(buttons)


def _steps(status: str) -> str:
    if status not in _STEPS:
        return ""
    reached = _STEPS.index(status)
    items = "".join(
        f'<li class="{"done" if number < reached else "now" if number == reached else ""}">{STATUS_WORDS[step]}</li>'
        for number, step in enumerate(_STEPS)
    )
    return f'<ol class="steps">{items}</ol>'


def _change_form(card: VisitCard, path: str, technicians: list[tuple[str, str]]) -> str:
    chosen = card.technician_ids[0] if card.technician_ids else ""
    options = '<option value="">As it is</option>' + "".join(
        f'<option value="{escape(key)}"{" selected" if key == chosen else ""}>{escape(str(name))}</option>'
        for key, name in technicians
    )
    return (
        f'<form method="post" action="{path}/change" class="fields-form">'
        f"{_time_field('window_start', 'Window from', card.start)}{_time_field('window_end', 'to', card.end)}"
        f"{_time_field('eta_at', 'Likely arrival', card.eta)}"
        f'<label>Technician<select name="technician">{options}</select></label>'
        '<label class="across">Travel update<input name="update" maxlength="300" autocomplete="off"'
        ' placeholder="Stuck behind a tractor on Lansdown Hill"></label>'
        '<button class="primary">Save</button></form>'
    )


def _time_field(name: str, words: str, value: str | None) -> str:
    return f'<label>{words}<input type="datetime-local" name="{name}" value="{form_time(value)}"></label>'


def _command(command: Command) -> str:
    at = from_stamp(command.received_at).astimezone(ZONE).strftime("%-d %b %H:%M:%S")
    status = str(command.answer.get("status"))
    reason = command.answer.get("reason")
    again = f"<p>Came {command.times} times, done once.</p>" if command.times > 1 else ""
    why = f'<p class="note">{escape(str(reason))}</p>' if reason else ""
    body = escape(json.dumps(command.body, indent=2, ensure_ascii=False))
    return (
        f'<article class="card"><header><h3>{escape(command.command.replace("-", " ").capitalize())}</h3>'
        f'<span class="badge {escape(status)}">{escape(status.capitalize())}</span></header>'
        f"<p>{at} · <code>{escape(command.portal_id)}</code></p>{why}{again}"
        f"<details><summary>What it says</summary><pre>{body}</pre></details></article>"
    )


def _badge(status: str) -> str:
    words = STATUS_WORDS.get(status, status.replace("_", " ").capitalize())
    look = status if status in STATUS_WORDS else "other"
    return f'<span class="badge {look}">{escape(words)}</span>'


def _window(card: VisitCard, now: datetime) -> str:
    start, end = _local(card.start), _local(card.end)
    if start is None or end is None:
        return "Not agreed yet"
    days = (start.date() - now.astimezone(ZONE).date()).days
    day = {0: "Today", 1: "Tomorrow", -1: "Yesterday"}.get(days, start.strftime("%a %-d %b"))
    return f"{day}, {start:%H:%M} to {end:%H:%M}"


def _clock(text: object) -> str:
    moment = _local(text)
    return "" if moment is None else moment.strftime("%H:%M")


def _local(text: object) -> datetime | None:
    try:
        return from_stamp(read_rfc3339(text)).replace(tzinfo=UTC).astimezone(ZONE)
    except (ValueError, OverflowError):
        return None


def _value(value: object) -> str:
    if isinstance(value, str | int | float):
        return escape(str(value))
    return f"<pre>{escape(json.dumps(value, indent=2, ensure_ascii=False))}</pre>"


def _page(title: str, here: str, inside: str) -> str:
    links = "".join(
        f'<a href="{path}"{" aria-current=page" if path == here else ""}>{words}</a>'
        for path, words in (("/", "Visits"), ("/received", "Received"), ("/trouble", "Trouble"))
    )
    return (
        '<!doctype html><html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · Reference CRM</title>"
        '<meta name="color-scheme" content="light dark"><link rel="icon" href="/people/dave.png">'
        '<link rel="stylesheet" href="/page.css"></head><body>'
        f'<header class="top"><a class="name" href="/"><b>Hartley</b> office</a><nav aria-label="Pages">{links}</nav>'
        f"</header><main><h1>{escape(title)}</h1>{inside}</main>"
        "<footer>The reference CRM of the demo. It stands in for the business’s own.</footer></body></html>"
    )
