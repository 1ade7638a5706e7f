"""Pages before sign-in as HTML: made on the server, working without any script, in the look of the doorway."""

from html import escape

from starlette.responses import HTMLResponse

from portal_app import routes
from portal_app.services import business

NO_STORE = {"cache-control": "no-store"}


def door_page(title: str, *parts: str, status: int = 200) -> HTMLResponse:
    """Return a page with cover and logo around `parts`, which are HTML already; never kept by anybody."""
    look = business.look()
    name = escape(look.name)
    mail = f'<a href="mailto:{escape(look.support_email)}">{escape(look.support_email)}</a>'
    html = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="robots" content="noindex">
<meta name="referrer" content="same-origin">
<title>{escape(title)} · {name}</title>
<script src="{routes.THEME_JS}"></script>
<link rel="stylesheet" href="/portal.css">
<link rel="stylesheet" href="{routes.BRAND_CSS}">
<link rel="icon" href="{routes.BRAND_ICON}" type="image/svg+xml">
</head>
<body>
<div class="door">
<div class="cover"><div class="only-small">{_pictures("")}</div><div class="only-large">{_pictures("tall")}</div></div>
<main class="door-main" id="main"><div class="stack-l">
<div class="door-logo"><a class="logo" href="{routes.ROOT}">\
<img class="only-light" src="{routes.BRAND_LOGO}" alt="" height="44">\
<img class="only-dark" src="{routes.BRAND_LOGO}?theme=dark" alt="" height="44" loading="lazy">\
<span class="sr">{name} start page</span></a></div>
{"".join(parts)}
</div></main>
<footer class="bottombar"><div class="wrap bottombar-in"><p>{escape(look.welcome)}</p>\
{mail if look.support_email else ""}</div></footer>
</div>
</body>
</html>
"""
    return HTMLResponse(html, status_code=status, headers=NO_STORE)


def _pictures(shape: str) -> str:
    light, dark = (f"?shape={shape}", f"?theme=dark&amp;shape={shape}") if shape else ("", "?theme=dark")
    return (
        f'<img class="only-light" src="{routes.BRAND_COVER}{light}" alt="" loading="lazy">'
        f'<img class="only-dark" src="{routes.BRAND_COVER}{dark}" alt="" loading="lazy">'
    )


def heading(title: str, *sentences: str) -> str:
    """Return the page's heading and what it says below; plain words."""
    words = "".join(f'<p class="text muted">{escape(sentence)}</p>' for sentence in sentences)
    return f'<div class="stack-s"><h1>{escape(title)}</h1>{words}</div>'


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
