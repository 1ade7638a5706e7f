"""Small pages made on the server, without any script: for what must work before or without the app."""

from html import escape

from starlette.responses import HTMLResponse

from portal_app import routes
from portal_app.services.business import look

NO_STORE = {"cache-control": "no-store"}

_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{title} · {business}</title>
<script src="/theme.js"></script>
<link rel="stylesheet" href="/portal.css">
<link rel="stylesheet" href="/brand.css">
</head>
<body>
<div class="door">
<main class="door-main" id="main"><div class="stack-l">
{body}
</div></main>
</div>
</body>
</html>
"""


def page(title: str, body: str, status: int = 200, headers: dict[str, str] | None = None) -> HTMLResponse:
    """Return a whole page; `body` is HTML that the caller has escaped, `title` plain text."""
    business = look()
    html = _PAGE.format(
        language=escape(business.locale.replace("_", "-")),
        title=escape(title),
        business=escape(business.name),
        body=body,
    )
    return HTMLResponse(html, status_code=status, headers=NO_STORE | (headers or {}))


def message(title: str, sentence: str, status: int, *, back: str = routes.LOGIN, back_text: str = "Go to sign in"):
    """Return a page that says one thing and offers one way on."""
    body = (
        f'<div class="stack-s"><h1>{escape(title)}</h1><p class="text muted">{escape(sentence)}</p></div>'
        f'<p><a class="btn btn-lg btn-block" href="{escape(back)}">{escape(back_text)}</a></p>'
    )
    return page(title, body, status)
