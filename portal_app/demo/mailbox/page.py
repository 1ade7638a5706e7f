"""The page and the API of the mailbox; what is in a mail is shown in a frame where nothing of it runs."""

import base64
import hashlib
from datetime import datetime
from html import escape
from pathlib import Path

from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from portal_app.demo.mailbox.store import Message, Store

_CSS = (Path(__file__).resolve().parent / "page.css").read_text()
_STYLE = base64.b64encode(hashlib.sha256(_CSS.encode()).digest()).decode()
_PAGE_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE}'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# A mail brings its styles along; scripts never run, and its links open in a tab of their own.
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
# Only by names of this machine: a page elsewhere must not read the mail under a name it controls.
_HOSTS = ["localhost", "127.0.0.1", "[::1]"]


def routes() -> list[BaseRoute]:
    """Return the mailbox's addresses."""
    inner = [
        Route("/", inbox),
        Route("/messages/{number:int}", message),
        Route("/messages/{number:int}/html", mail_body),
        Route("/empty", empty, methods=["POST"]),
        Route("/api/messages", api),
    ]
    return [Mount("/", routes=inner, middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=_HOSTS)])]


def api(request: Request) -> Response:
    """Answer the newest messages first, as JSON; `?to=` asks for those to one address."""
    found = _store(request).newest(request.query_params.get("to", ""))
    return JSONResponse([mail.as_dict() for mail in found], headers=_HEADERS)


def inbox(request: Request) -> Response:
    """Show what has arrived."""
    mails = _store(request).newest()
    rows = "".join(_row(mail) for mail in mails)
    nothing = '<p class="empty">Nothing has arrived yet. Mail from the portal will appear here.</p>'
    empty_form = '<form method="post" action="/empty"><button>Empty the mailbox</button></form>' if mails else ""
    content = f'<ul class="inbox">{rows}</ul>{empty_form}' if rows else nothing
    lead = '<p class="lead">Every mail the portal sends, to whomever. None of it leaves this machine.</p>'
    return _page("Mailbox", f"<h1>Mailbox</h1>{lead}{content}", refresh=True)


def message(request: Request) -> Response:
    """Show one mail: who, to whom, its designed part in a frame, and its plain text."""
    mail = _store(request).get(request.path_params["number"])
    if mail is None:
        return _page("Not here", "<h1>This mail is not here any more</h1>", status=404)
    facts = "".join(
        f"<dt>{name}</dt><dd>{escape(value)}</dd>"
        for name, value in (
            ("From", mail.sender),
            ("To", mail.to),
            ("Reply to", mail.reply_to),
            ("Arrived", _shown(mail.received_at)),
        )
        if value
    )
    frame = (
        f'<iframe src="/messages/{mail.id}/html" title="The mail as it looks" '
        'sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>'
        if mail.html
        else ""
    )
    text = f"<h2>As plain text</h2><pre>{escape(mail.text)}</pre>" if mail.text else ""
    heading = escape(mail.subject) or "No subject"
    content = f'<p><a href="/">Back to the mailbox</a></p><h1>{heading}</h1><dl>{facts}</dl>{frame}{text}'
    return _page(mail.subject or "No subject", content)


def mail_body(request: Request) -> Response:
    """Serve a mail's HTML for the frame."""
    mail = _store(request).get(request.path_params["number"])
    if mail is None or not mail.html:
        return HTMLResponse("", 404, _HEADERS)
    body = f'<base target="_blank">{mail.html}' if "<head" not in mail.html else _with_base(mail.html)
    return HTMLResponse(body, headers={**_HEADERS, "content-security-policy": _MAIL_POLICY})


def empty(request: Request) -> Response:
    """Let all messages go."""
    if request.headers.get("sec-fetch-site", "same-origin") == "same-origin":
        _store(request).empty()
    return RedirectResponse("/", 303)


def _with_base(html: str) -> str:
    head, mark, rest = html.partition("<head>")
    return f'{head}{mark}<base target="_blank">{rest}' if mark else html


def _row(mail: Message) -> str:
    subject = escape(mail.subject) or "No subject"
    return (
        f'<li><a href="/messages/{mail.id}"><span class="subject">{subject}</span>'
        f'<span class="to">to {escape(mail.to)}</span><time datetime="{mail.received_at}">{_shown(mail.received_at)}'
        "</time></a></li>"
    )


def _shown(stamp: str) -> str:
    return datetime.fromisoformat(stamp).astimezone().strftime("%d %B, %H:%M:%S")


def _page(title: str, content: str, *, status: int = 200, refresh: bool = False) -> HTMLResponse:
    again = '<meta http-equiv="refresh" content="5">' if refresh else ""
    html = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>{again}'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_CSS}</style></head><body><header>The demo’s mailbox</header><main>{content}</main></body></html>"
    )
    return HTMLResponse(html, status, {**_HEADERS, "content-security-policy": _PAGE_POLICY})


def _store(request: Request) -> Store:
    return request.app.state.store
