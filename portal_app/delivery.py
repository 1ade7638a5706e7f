"""The ASGI wrapper around everything: session before HTML, security headers, caching, branded errors."""

import asyncio
import base64
import hashlib
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from portal_app import logs, routes
from portal_app.errors import PortalError
from portal_app.gate import CUSTOMER, STAFF, VISITOR
from portal_app.gate.middleware import resolve, session_cookie
from portal_app.gate.policy import Audience
from portal_app.message_pages import coming_soon_page, message_page, not_found, something_went_wrong, terms_page
from portal_app.services import business
from portal_app.services.actors import Customer, Origin, Staff
from portal_app.settings import Settings

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

log = logs.get(__name__)
SOCKET_PATH = "/_event"
IMMUTABLE = "public, max-age=31536000, immutable"
STATIC_SUFFIXES = (".js", ".css", ".svg", ".png", ".webp", ".ico", ".woff2", ".webmanifest", ".txt", ".map")
# The policy of what is no page: the pages' own names every inline script there is, which is a lot to send each time.
# Opened on its own it runs nothing, and has an origin of its own.
NO_DOCUMENT = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
# A worker may ask for nothing but what our own origin has; it inherits no page's policy.
WORKER = "default-src 'none'; connect-src 'self'"
# What says which sites may show a picture: our own, unless an answer says otherwise, as the logo in mails does.
SHOWN_BY = "cross-origin-resource-policy"
# What the first painted frame waits for; in the page it stands behind all modules, which nothing on screen needs yet.
FIRST = ", ".join(
    f"<{address}>; rel=preload; as={kind}"
    for address, kind in ((routes.THEME_JS, "script"), ("/page.js", "script"), (routes.BRAND_CSS, "style"))
)
LONGEST_NAME = 255
LONGEST_PATH = 1000
_INLINE_SCRIPT = re.compile(rb"<script(?P<attributes>[^>]*)>(?P<code>.*?)</script>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Site:
    """What the wrapper has to know of the site above it.

    `pages` maps page routes (`/jobs/[id]`) to who may open them; `endpoints` are the path prefixes of plain
    HTTP routes, which check for themselves; `build` is the folder of the built front end.
    """

    pages: Mapping[str, Audience]
    endpoints: tuple[str, ...]
    build: Path


def script_hashes(build: Path) -> list[str]:
    """Return the CSP sources of all inline scripts in a built front end's HTML, sorted."""
    found: set[str] = set()
    for page in build.rglob("*.html"):
        for match in _INLINE_SCRIPT.finditer(page.read_bytes()):
            if b"src=" not in match["attributes"] and match["code"].strip():
                digest = base64.b64encode(hashlib.sha256(match["code"]).digest()).decode()
                found.add(f"'sha256-{digest}'")
    return sorted(found)


def content_security_policy(settings: Settings, hashes: Iterable[str]) -> str:
    """Return the policy: our own scripts, styles, pictures and sockets, nothing from anywhere else."""
    # The grammar of a policy has no place for an IPv6 address; 'self' covers it in the browsers that matter.
    sockets = " ".join(origin.replace("http", "ws", 1) for origin in settings.origins if "[" not in origin)
    rules = {
        "default-src": "'none'",
        "script-src": " ".join(["'self'", *hashes]),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self'",
        "connect-src": f"'self' {sockets}",
        "manifest-src": "'self'",
        "worker-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "object-src": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def security_headers(settings: Settings, hashes: Iterable[str]) -> dict[str, str]:
    """Return the headers that every answer carries."""
    headers = {
        "content-security-policy": content_security_policy(settings, hashes),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        SHOWN_BY: "same-origin",
        "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    }
    if settings.https:
        headers["strict-transport-security"] = "max-age=31536000"
    return headers


class Delivery:
    """Wraps the whole application; see the module's sentence."""

    def __init__(self, app: AsgiApp, settings: Settings, site: Site) -> None:
        self._app = app
        self._settings = settings
        self._site = site
        self._headers = security_headers(settings, script_hashes(site.build))
        self._pages = [(re.compile(_pattern(route)), audience) for route, audience in site.pages.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or pass one websocket on."""
        if scope["type"] == "websocket":
            if scope["path"].rstrip("/") == SOCKET_PATH:
                await self._app(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": 4404})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False
        scope["portal_reference"] = logs.reference()

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._add_headers(scope["path"], message)
            await send(message)

        try:
            answer = await self._answer(scope)
            await (answer or self._app)(scope, receive, send_with_headers)
        except Exception as error:
            log.error("request_failed", path=scope["path"], reference=scope["portal_reference"], exc_info=error)
            if not started:
                page = something_went_wrong(Request(scope), error)
                await page(scope, receive, send_with_headers)

    async def _answer(self, scope: Scope) -> Response | None:
        """Return an answer of our own, or None when the application below is to answer."""
        path: str = scope["path"]
        if not _is_plain(path):
            return not_found()
        if path == routes.HEALTH or path.startswith(self._site.endpoints):
            return None
        if scope["method"] not in {"GET", "HEAD"}:
            return PlainTextResponse("This address only answers to GET.", status_code=405, headers={"allow": "GET"})
        if path.endswith(STATIC_SUFFIXES):
            return None if self._is_file(path) else not_found()
        return await self._page(path, scope)

    async def _page(self, path: str, scope: Scope) -> Response | None:
        look = await asyncio.to_thread(business.look)
        if not look.set_up:
            return message_page(
                "Almost there",
                "This portal is not set up yet. Its owner opens the set-up link that was printed when it was started.",
                status=503,
            )
        if path != routes.ROOT and path.endswith("/"):
            return _go(routes.safe_next(path.rstrip("/")) or routes.ROOT)
        actor = await asyncio.to_thread(self._actor, "; ".join(Headers(scope=scope).getlist("cookie")))
        answer = self._page_answer(path, scope, actor)
        if actor is None and path == routes.TERMS:
            answer = await asyncio.to_thread(terms_page) or _go(routes.login(routes.TERMS))
        if actor is None and look.coming_soon and self._waits(path):
            answer = coming_soon_page(_wanted(scope))
        if answer is None and self._is_file(f"{path}.html"):
            # The static server would send the folder's name round by way of a slash.
            scope["path"] = f"{path}.html"
        return answer

    def _page_answer(self, path: str, scope: Scope, actor: Customer | Staff | None) -> Response | None:
        if path in {routes.ROOT, routes.OFFICE}:
            return _go(start_of(actor)) if path == routes.ROOT or isinstance(actor, Staff) else not_found()
        audience = self._audience(path)
        if audience is VISITOR:
            return _go(start_of(actor)) if actor and path == routes.LOGIN else None
        if audience is STAFF:
            return None if isinstance(actor, Staff) else not_found()
        if audience is CUSTOMER:
            if isinstance(actor, Staff):
                return _go(start_of(actor))
            return None if actor else _go(routes.login(_wanted(scope)))
        return not_found()

    def _waits(self, path: str) -> bool:
        """Return whether a page is one that opens with the portal."""
        return path == routes.ROOT or self._audience(path) is CUSTOMER

    def _audience(self, path: str) -> Audience | None:
        return next((audience for pattern, audience in self._pages if pattern.fullmatch(path)), None)

    def _actor(self, cookies: str) -> Customer | Staff | None:
        try:
            return resolve(session_cookie(cookies), Origin())
        except PortalError:
            return None

    def _is_file(self, path: str) -> bool:
        """Return whether the build has exactly this file; a path with dots or empty parts is none of ours."""
        parts = path.split("/")[1:]
        # No file system of ours takes a longer name; asking for one is an error, not a "no".
        sound = all(part.strip(".") and "\0" not in part and len(part.encode()) <= LONGEST_NAME for part in parts)
        return sound and len(path) <= LONGEST_PATH and self._site.build.joinpath(*parts).is_file()

    def _add_headers(self, path: str, message: Message) -> None:
        headers = MutableHeaders(raw=message["headers"])
        for name, value in self._headers.items():
            if name != SHOWN_BY or name not in headers:
                headers[name] = value
        _name_once(headers)
        kind = headers.get("content-type", "")
        if kind and not kind.startswith("text/html"):
            headers["content-security-policy"] = WORKER if path == routes.SERVICE_WORKER else NO_DOCUMENT
        if "cache-control" in headers:
            return
        if path.startswith("/assets/") and message["status"] in {200, 206, 304}:
            headers["cache-control"] = IMMUTABLE
        elif headers.get("content-type", "").startswith("text/html"):
            headers["link"] = FIRST
            # A page kept by the browser would show a signed-out person's data after "back".
            headers["cache-control"] = "no-store"
        else:
            headers["cache-control"] = "no-cache"


def _name_once(headers: MutableHeaders) -> None:
    """Name each header that an answer varies with once; every CORS layer of the framework's adds the origin anew."""
    given = ",".join(headers.getlist("vary")).lower().split(",")
    if names := dict.fromkeys(name.strip() for name in given if name.strip()):
        headers["vary"] = ", ".join(names)


class PlainTargets:
    """Stands before everything: a request target that is no plain path is turned away before any router reads it.

    A router of Starlette's that matches nothing redirects to the Host header's name, and a line break is such
    a nothing.
    """

    def __init__(self, app: AsgiApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what has a plain path, and no NUL in its query, which no database of ours could look for."""
        if scope["type"] == "http" and (not _is_printable(scope["path"]) or b"%00" in scope["query_string"]):
            refusal = PlainTextResponse(
                "This address cannot be read.", 400, {"content-security-policy": "default-src 'none'"}
            )
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _is_printable(path: str) -> bool:
    """Return whether a path starts at the root and holds no control character."""
    return path.startswith("/") and not any(ord(character) < 32 or ord(character) == 127 for character in path)


def _is_plain(path: str) -> bool:
    """Return whether a path is what it seems: to the file server, `/brand/../home.html` is a page."""
    parts = path.split("/")
    return parts[0] == "" and "\\" not in path and not any(part in {".", ".."} for part in parts)


def start_of(actor: Customer | Staff | None) -> str:
    """Return the page a person begins at."""
    if isinstance(actor, Staff):
        return routes.OFFICE_CUSTOMERS
    return routes.HOME if actor else routes.LOGIN


def _wanted(scope: Scope) -> str:
    """Return the page that was asked for, to continue to after signing in; empty for the start."""
    query = scope["query_string"].decode("latin-1")
    return routes.safe_next(scope["path"] + (f"?{query}" if query else "")).removesuffix(routes.ROOT)


def _pattern(route: str) -> str:
    """Return the regular expression of a page route; `[name]` stands for one segment."""
    segments = [r"[A-Za-z0-9_-]{1,64}" if part.startswith("[") else re.escape(part) for part in route.split("/")]
    return "/".join(segments)


def _go(path: str) -> RedirectResponse:
    return RedirectResponse(path, status_code=303, headers={"cache-control": "no-store"})
