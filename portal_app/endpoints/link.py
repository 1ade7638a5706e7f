"""Secure links: opening one shows who sent it and a button; only the button does anything."""

import asyncio
from html import escape

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from portal_app import clock, routes
from portal_app.database import reading, transaction
from portal_app.delivery import coming_soon_page, message_page
from portal_app.endpoints.auth import slow_page
from portal_app.endpoints.cookies import browser_token, guest_token, keep_browser, new_browser_token, own_token
from portal_app.endpoints.door_page import NO_STORE, button, door_page, form, notice, ring_us, ways
from portal_app.endpoints.forms import FormRefused, require_same_origin
from portal_app.endpoints.network import origin_of
from portal_app.endpoints.signs import sign
from portal_app.errors import TooMany
from portal_app.gate.middleware import resolve
from portal_app.message_pages import heading, ring_address
from portal_app.services import business, guest_sessions, link_opens, links, memberships
from portal_app.services.actors import Customer, Staff
from portal_app.services.business import Look
from portal_app.services.link_opens import Door, Seen
from portal_app.workflows import guest_codes, sign_in_by_code

_TITLES = {
    "portal": "Your customer portal",
    "job": "A job of yours",
    "visit": "A visit to you",
    "invoice": "An invoice for you",
    "quote": "A quote for you",
    "shared": "An invoice for you",
}
_OPENS_LATER = {
    "portal": "Your visits, quotes and invoices",
    "job": "One job",
    "visit": "One visit",
    "invoice": "One invoice",
    "quote": "One quote",
    "shared": "One invoice",
}

_SIGNS = {
    "portal": "house",
    "job": "wrench",
    "visit": "calendar",
    "invoice": "receipt-text",
    "quote": "file-check",
    "shared": "receipt-text",
}


def seen_of(request: Request) -> Seen:
    """Return how a request looks: people's browsers ask for HTML, and the present ones say that they navigate."""
    headers = request.headers
    html = request.method != "HEAD" and "text/html" in headers.get("accept", "")
    navigates = headers.get("sec-fetch-mode", "navigate") == "navigate" and bool(headers.get("accept-language"))
    return Seen(origin_of(request), html and navigates)


def show(request: Request) -> Response:
    """Show what a link is, which spends and sends nothing; its people who are signed in go where it leads."""
    token, seen = request.path_params["token"], seen_of(request)
    actor = resolve(own_token(request), seen.origin)
    with reading() as session:
        link = link_opens.find(session, token)
        way_on = link_opens.way_for(session, actor, link) if link else None
        facts = link_opens.door(session, link) if link else None
    if facts is None or _has_to_wait(facts):
        return _nowhere(token)
    with transaction() as session:
        found = link_opens.find(session, token)
        if found is not None:
            link_opens.opened(session, found, seen, actor)
    if way_on is not None and not way_on.contact_public_id:
        return _go(way_on.path)
    if facts.shared and _is_open_here(request, facts):
        return _go(routes.shared(facts.public_id))
    if facts.state != links.LIVE or not facts.masked:
        return _recognised(request, _gone(token, offer=True))
    return _recognised(request, _page(token, facts, actor, switching=way_on is not None))


def _recognised(request: Request, response: Response) -> Response:
    """Give the browser its secret where it has none: without one the button is not believed to be pressed by a person.

    One that it has may be waiting for a code.
    """
    if not browser_token(request):
        keep_browser(response, new_browser_token())
    return response


async def press(request: Request) -> Response:
    """Send a code to the address on file, or a fresh link in place of one that has ended."""
    token, seen = request.path_params["token"], seen_of(request)
    try:
        require_same_origin(request)
    except FormRefused as refusal:
        await asyncio.to_thread(_note_refused, token, seen)
        back = (routes.link(token), "Back to the link")
        return message_page("That did not work", refusal.sentence, status=refusal.status, link=back)
    return await asyncio.to_thread(_press, token, seen, own_token(request), browser_token(request))


def _press(token: str, seen: Seen, cookie: str, browser: str) -> Response:
    actor = resolve(cookie, seen.origin)
    with reading() as session:
        link = link_opens.find(session, token)
        way_on = link_opens.way_for(session, actor, link) if link else None
        facts = link_opens.door(session, link) if link else None
    if facts is None or _has_to_wait(facts):
        return _nowhere(token)
    if isinstance(actor, Staff):
        return _go(routes.link(token))
    if way_on is not None and isinstance(actor, Customer):
        if way_on.contact_public_id:
            with transaction() as session:
                memberships.switch(session, actor, way_on.contact_public_id)
        return _go(way_on.path)
    if not browser:
        return _without_cookie(token, facts, seen)
    try:
        return _send(token, facts, seen)
    except TooMany as error:
        return slow_page(error)


def _has_to_wait(facts: Door) -> bool:
    """Return whether the portal is still shut to whoever a link is for; a guest's that is over reads like none."""
    if facts.shared and (facts.state != links.LIVE or not facts.masked):
        return True
    return business.look().coming_soon and not facts.masked


def _nowhere(token: str) -> Response:
    """Answer for a link that never was; before the portal opens that reads like one of somebody who has to wait."""
    return coming_soon_page() if business.look().coming_soon else _gone(token, offer=False)


def _is_open_here(request: Request, facts: Door) -> bool:
    """Return whether a guest has typed their code in this browser already."""
    with reading() as session:
        return guest_sessions.resolve(session, guest_token(request), facts.public_id, origin_of(request)) is not None


def _send(token: str, facts: Door, seen: Seen) -> Response:
    fresh = new_browser_token()
    if facts.shared:
        if not guest_codes.send_code(token, fresh, seen):
            return _nowhere(token)
        response = _go(routes.AUTH_CODE)
        keep_browser(response, fresh)
        return response
    if facts.state == links.LIVE and facts.masked and sign_in_by_code.send_code_for_link(token, fresh, seen):
        response = _go(routes.AUTH_CODE)
        keep_browser(response, fresh)
        return response
    sign_in_by_code.send_fresh_link(token, seen.origin)
    return door_page(
        "Look in your mail",
        heading(
            "Look in your mail",
            "A fresh link is on its way to the address we have on file, if the office still lets it open the portal.",
            f"Nothing there in a few minutes? Sign in another way, {ring_us()}.",
        ),
        ways(("Sign in another way", routes.LOGIN)),
    )


def _without_cookie(token: str, facts: Door, seen: Seen) -> Response:
    """Answer somebody whose browser has not opened the link's page, or keeps no cookies: a program, mostly."""
    _note_refused(token, seen)
    if facts.state != links.LIVE or not facts.masked:
        response = _gone(token, offer=True)
    else:
        response = _page(token, facts, None, switching=False, again=True)
    keep_browser(response, new_browser_token())
    return response


def _note_refused(token: str, seen: Seen) -> None:
    with transaction() as session:
        link = link_opens.find(session, token)
        if link is not None:
            link_opens.refused(session, link, seen)


def _page(token: str, facts: Door, actor: object, *, switching: bool, again: bool = False) -> Response:
    look = business.look()
    title = _TITLES[facts.target_kind]
    through = f"{facts.sent_by}, a customer of {look.name}," if facts.by_customer else f"{facts.sent_by} at {look.name}"
    sender = through if facts.sent_by else look.name
    whose = "the address it was sent to" if facts.shared else "the address we have for you"
    other_way = "" if facts.shared else ways(("Sign in with a password instead", routes.LOGIN))
    made = clock.show_long_day(clock.local(facts.made_at, look.zone).date(), look.locale)
    staff = isinstance(actor, Staff)
    remarks = [
        notice("You are signed in to the office: this is what your customer sees. Your opening is counted apart.")
        if staff
        else "",
        notice("Please press the button once more. If this page comes back, your browser refuses cookies.")
        if again
        else "",
    ]
    if switching:
        action = (
            '<p class="text muted">It belongs to another of your accounts; we change over to that one.</p>'
            + button("Open it")
        )
    else:
        action = (
            '<p class="text muted">To keep it private we send a six-digit code to '
            f'<strong class="nowrap">{escape(facts.masked)}</strong>, {whose}.</p>'
            + button("Send me the code", disabled=staff)
            + other_way
        )
    return door_page(
        title,
        *remarks,
        heading(title, f"{sender} sent you this link on {made}."),
        _facts(facts),
        form(routes.link(token), action),
    )


def _facts(facts: Door) -> str:
    look = business.look()
    day = clock.show_long_day(clock.local(facts.until, look.zone).date(), look.locale)
    until = f"Works until {day}, {clock.show_time(facts.until, look.zone, look.locale)}"
    return (
        '<div class="card"><ul class="list">'
        + _row(_SIGNS[facts.target_kind], _OPENS_LATER[facts.target_kind], "The details open once we know it is you")
        + (_ring(facts, look) if look.phone else "")
        + _row("clock", until, "" if facts.shared else "Then you can ask for a fresh one here")
        + "</ul></div>"
    )


def _ring(facts: Door, look: Look) -> str:
    """Return whom to ask whether this is really from them."""
    person = facts.sent_by if not facts.by_customer else ""
    words = f"At the office, {look.phone}" if person else f"Ring us on {look.phone}"
    return _row("phone", person or look.name, words, ring_address(look))


def _row(name: str, title: str, words: str, address: str = "") -> str:
    inner = (
        f'<span class="disc">{sign(name)}</span><span class="grow"><span class="item-title">{escape(title)}</span>'
        f'<span class="item-sub">{escape(words)}</span></span>'
    )
    if address:
        return f'<li><a class="item" href="{escape(address)}">{inner}</a></li>'
    return f'<li><div class="item">{inner}</div></li>'


def _gone(token: str, *, offer: bool) -> Response:
    """Answer for a link that has expired, was revoked or never was: the same words for each."""
    title = "This link no longer works"
    words = "Links into the portal end after a while, or when the office takes them back."
    asking = form(
        routes.link(token),
        '<p class="text muted">We can send a fresh one to the address we have on file.</p>',
        button("Send me a fresh link"),
    )
    return door_page(
        title,
        heading(title, words),
        asking if offer else "",
        ways(("Sign in another way", routes.LOGIN)),
        status=410,
    )


def _go(path: str) -> RedirectResponse:
    return RedirectResponse(path, 303, NO_STORE)


ROUTES = [
    Route(routes.link("{token}"), show, methods=["GET"]),
    Route(routes.link("{token}"), press, methods=["POST"]),
]
