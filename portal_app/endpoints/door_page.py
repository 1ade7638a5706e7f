"""Pages before sign-in as HTML: made on the server, working without any script, in the look of the doorway."""

from html import escape

from starlette.responses import HTMLResponse

from portal_app.message_pages import door_html
from portal_app.services import business

NO_STORE = {"cache-control": "no-store"}


def door_page(title: str, *parts: str, status: int = 200) -> HTMLResponse:
    """Return a page with cover and logo around `parts`, which are HTML already; never kept by anybody."""
    return HTMLResponse(door_html(title, *parts, look=business.look()), status_code=status, headers=NO_STORE)


def form(address: str, *parts: str) -> str:
    """Return a form that posts to one of our addresses."""
    return f'<form class="stack" method="post" action="{escape(address)}">{"".join(parts)}</form>'


def field(
    name: str, label: str, *, kind: str = "text", autocomplete: str, error: str = "", hint: str = "", more: str = ""
) -> str:
    """Return a labelled field, with what is wrong with it; `more` are further attributes, as HTML."""
    ids = [f"{name}-{part}" for part, words in (("error", error), ("hint", hint)) if words]
    state = f' aria-describedby="{" ".join(ids)}"' if ids else ""
    state += ' aria-invalid="true" autofocus' if error else ""
    wrong = f'<p class="error" id="{name}-error" role="alert">{escape(error)}</p>' if error else ""
    words = f'<p class="hint" id="{name}-hint">{escape(hint)}</p>' if hint else ""
    return (
        f'<div class="field"><label class="label" for="{name}">{escape(label)}</label>'
        f'<input class="input" id="{name}" name="{name}" type="{kind}" autocomplete="{autocomplete}" '
        f'autocapitalize="none" spellcheck="false" required{state}{more}>{wrong}{words}</div>'
    )


def email_field(error: str = "") -> str:
    """Return the field for somebody's own e-mail address."""
    return field(
        "email", "E-mail", kind="email", autocomplete="username", error=error, more=' maxlength="254" inputmode="email"'
    )


def hidden(name: str, value: str) -> str:
    """Return a value that goes with a form; nothing without one."""
    return f'<input type="hidden" name="{name}" value="{escape(value)}">' if value else ""


def button(label: str, *, disabled: bool = False) -> str:
    """Return the button that sends a form."""
    state = " disabled" if disabled else ""
    return f'<button class="btn btn-primary btn-lg btn-block" type="submit"{state}>{escape(label)}</button>'


def ways(*ways_on: tuple[str, str]) -> str:
    """Return quiet ways on to other pages, each (words, address)."""
    links = "".join(
        f'<a class="btn btn-quiet btn-block" href="{escape(address)}">{escape(words)}</a>' for words, address in ways_on
    )
    return f'<div class="stack-s">{links}</div>'


def remember() -> str:
    """Return the tick that keeps somebody signed in."""
    return (
        '<label class="remember"><input class="tick" type="checkbox" name="remember" value="yes">'
        "Keep me signed in on this phone</label>"
    )


def notice(words: str) -> str:
    """Return a remark that stands out."""
    return f'<p class="notice notice-brand">{escape(words)}</p>'


def ring_us() -> str:
    """Return how to reach the office, in words that fit behind a sentence."""
    look = business.look()
    return f"or ring us on {look.phone}" if look.phone else "or ask the office"
