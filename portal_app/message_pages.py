"""Pages made on the server, without the app: the frame of the doorway, and what is said when nothing else can be."""

import html
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse

from portal_app import routes
from portal_app.database import reading
from portal_app.services import brand_colours, business, content
from portal_app.services.business import Look


@dataclass(frozen=True, slots=True)
class Tint:
    """The colour of the phone's own bar around a page, in light and in dark."""

    light: str
    dark: str


def tint(look: Look) -> Tint:
    """Return the colours that page.js sets on the app's pages."""
    first, second = look.accent, look.accent_2
    return Tint(brand_colours.light(first, second).panel, brand_colours.dark(first, second).panel)


def door_html(title: str, *parts: str, look: Look, pictures: bool = True) -> str:
    """Return a page in the frame of the doorway, in the business's look: cover, logo, `parts`, bottom bar.

    `parts` are HTML already. Without `pictures` the brand's own colour stands in the cover's place.
    """
    name = html.escape(look.name)
    colours = tint(look)
    mail = html.escape(look.support_email)
    write = f'<a href="mailto:{mail}">{mail}</a>' if mail else ""
    cover = (
        f'<div class="cover"><div class="only-small">{_cover("")}</div>'
        f'<div class="only-large">{_cover("tall")}</div></div>'
        if pictures
        else '<div class="cover cover-plain"></div>'
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="robots" content="noindex">
<meta name="referrer" content="same-origin">
<meta name="theme-color" content="{colours.light}" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="{colours.dark}" media="(prefers-color-scheme: dark)">
<title>{html.escape(title)} · {name}</title>
<script src="{routes.THEME_JS}"></script>
<link rel="stylesheet" href="{routes.PORTAL_CSS}">
<link rel="stylesheet" href="{routes.BRAND_CSS}">
<link rel="icon" href="{routes.BRAND_ICON}">
</head>
<body>
<div class="door">
{cover}
<main class="door-main" id="main"><div class="stack-l">
<div class="door-logo"><a class="logo" href="{routes.ROOT}">\
<img class="only-light" src="{routes.BRAND_LOGO}" alt="" height="44">\
<img class="only-dark" src="{routes.BRAND_LOGO}?theme=dark" alt="" height="44" loading="lazy">\
<span class="sr">{name} start page</span></a></div>
{"".join(parts)}
</div></main>
<footer class="bottombar"><div class="wrap bottombar-in"><p>{html.escape(look.welcome)}</p>{write}</div></footer>
</div>
</body>
</html>
"""


def _cover(shape: str) -> str:
    light, dark = (f"?shape={shape}", f"?theme=dark&amp;shape={shape}") if shape else ("", "?theme=dark")
    return (
        f'<img class="only-light" src="{routes.BRAND_COVER}{light}" alt="" loading="lazy">'
        f'<img class="only-dark" src="{routes.BRAND_COVER}{dark}" alt="" loading="lazy">'
    )


def heading(title: str, *sentences: str) -> str:
    """Return a page's heading and what it says below; plain words."""
    words = "".join(f'<p class="text muted">{html.escape(sentence)}</p>' for sentence in sentences)
    return f'<div class="stack-s"><h1>{html.escape(title)}</h1>{words}</div>'


def message_page(
    title: str, text: str, *, status: int, link: tuple[str, str] | None = None, before: str = "", more: str = ""
) -> HTMLResponse:
    """Return a small branded page that needs no script: `title` and `text` are plain words, `link` (address, label).

    `before` the link and `more` behind it are HTML already. It asks the database nothing: that may be what went wrong.
    """
    action = f'<a class="btn btn-primary" href="{html.escape(link[0])}">{html.escape(link[1])}</a>' if link else ""
    ways = f'<div class="stack door-ways">{before}{action}{more}</div>' if before or action or more else ""
    page = door_html(title, heading(title, text), ways, look=business.known_look())
    return HTMLResponse(page, status_code=status, headers={"cache-control": "no-store"})


def terms_page() -> HTMLResponse | None:
    """Return the terms of business for those who are not signed in, None when there is no text."""
    with reading() as session:
        html_of_terms = content.public_terms_html(session)
    if not html_of_terms:
        return None
    return message_page(
        "Terms of business",
        f"What {business.look().name} and its customers agree on.",
        status=200,
        link=(routes.LOGIN, "Sign in"),
        before=f'<div class="card card-pad prose">{html_of_terms}</div>',
    )


def coming_soon_page(next_path: str = "") -> HTMLResponse:
    """Return what everybody but the office and testers sees before the portal opens: when, and whom to ring.

    Who asks for it has just read the look, to know that the portal is not open.
    """
    look = business.known_look()
    ring = ring_address(look)
    ways = [(ring, f"Ring {look.phone}")] if ring else []
    ways += [(f"mailto:{look.support_email}", look.support_email)] if look.support_email else []
    links = [f'<a class="btn" href="{html.escape(address)}">{html.escape(words)}</a>' for address, words in ways]
    entry = f'<a href="{html.escape(routes.login(next_path))}">Sign in as a tester or from the office</a>'
    return message_page(
        "Our customer portal opens soon",
        f"{look.name} is getting it ready for you." + (" Until then we are glad to help:" if ways else ""),
        status=200,
        more=f'{"".join(links)}<p class="text">{entry}</p>',
    )


def ring_address(look: Look) -> str:
    """Return the address that rings the business, empty where its number has no digit to dial."""
    number = "".join(letter for letter in look.phone if letter in "+0123456789")
    return f"tel:{number}" if number.strip("+") else ""


def not_found() -> HTMLResponse:
    """Return the page for an address that does not exist, or does not exist for this person."""
    return message_page(
        "We could not find that page", "The address may be old or mistyped.", status=404, link=("/", "Go to the start")
    )


def something_went_wrong(request: Request, _error: Exception) -> HTMLResponse:
    """Return the page for a failure inside, with the reference under which it is logged."""
    reference = request.scope.get("portal_reference", "")
    return message_page(
        "Something went wrong",
        f"It is our fault, and nothing you entered elsewhere is lost. Please try again; if it happens again, "
        f"tell the office this reference: {reference}.",
        status=500,
        link=("/", "Go to the start"),
    )
