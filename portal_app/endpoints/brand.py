"""What carries the business's look: theme script, brand colours, logo and cover."""

from functools import lru_cache
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from portal_app import routes
from portal_app.delivery import SHOWN_BY
from portal_app.endpoints.cached import answer_cached
from portal_app.integrations import brand_pictures, images
from portal_app.services import brand_colours, business
from portal_app.services.brand_colours import Brand
from portal_app.services.business import Look, Picture
from portal_app.workflows.brand_pictures import folder

# Runs before the first paint. Reflex reads localStorage.theme, "system" when there is none, and asks the
# browser what the system wants: while the visitor has not switched, the office's own default answers. page.js tells
# an open page of another default, and Reflex hears of it as of a change of the system.
# It also opens the redirects that leave the app in a new tab, which browsers block; ours must leave this one.
_THEME_JS = """(function () {
  var fallback = "%s", chosen = null, wishes = "(prefers-color-scheme: dark)", heard = [];
  var ask = window.matchMedia, system = ask.call(window, wishes);
  function dark() { return fallback === "system" ? system.matches : fallback === "dark"; }
  function tell() { heard.slice().forEach(function (one) { one(); }); }
  try { chosen = localStorage.getItem("theme"); } catch (error) { chosen = null; }
  var theme = chosen && chosen !== "system" ? chosen : dark() ? "dark" : "light";
  var root = document.documentElement;
  root.classList.remove("light", "dark");
  root.classList.add(theme);
  root.style.colorScheme = theme;
  system.addEventListener("change", tell);
  window.matchMedia = function (query) {
    if (query !== wishes) return ask.call(window, query);
    return {
      get matches() { return dark(); },
      addEventListener: function (_, one) { heard.push(one); },
      removeEventListener: function (_, one) { heard = heard.filter(function (other) { return other !== one; }); }
    };
  };
  window.startsIn = function (wanted) { fallback = wanted; tell(); };
  /* Back from where one pays leads to where one came from. */
  window.open = function (address) {
    location[address[0] === "/" && address.indexOf("/pay/") ? "replace" : "assign"](address); return null;
  };
})();
"""
_PICTURES = (routes.BRAND_LOGO, routes.BRAND_COVER)
# A photograph has no quiet side for the words that stand before it, as a drawn cover has.
_COVER_CSS = """:root { --cover-at: %d%% %d%%; }
.hello-art::after { content: ""; position: absolute; inset: 0;
  background: linear-gradient(90deg, var(--canvas) 45%%, transparent 85%%); }
"""
# A logo made for paper where the business has given none for the dark, and a white one by day.
_PLATE_CSS = """img.only-%s[src^="/brand/logo"] { padding: 4px 8px; border-radius: 8px; background: %s;
  object-position: 50%%; }
"""
# Enough for a tab on a sharp screen.
_ICON_SIDE = 64
# Letters of a name in a drawn logo's one line; a longer one would be too small to be read.
_LONGEST_LINE = 16
_ICON_SIZES = ("32", "180", "192", "512")
_SHAPES = ("strip", "tall", "whole")
_TYPES = {".svg": "image/svg+xml", ".webp": "image/webp", ".png": "image/png"}
# A picture is shown by <img>, where scripts never run; opened on its own it must not run any either.
_PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def theme_js(request: Request) -> Response:
    """Serve the blocking script that decides light or dark before anything is painted."""
    return answer_cached(request, (_THEME_JS % business.look().starts_in).encode(), "text/javascript")


def brand_css(request: Request) -> Response:
    """Serve the brand's variables; the stylesheet's own stand as long as the business has chosen none."""
    look = business.look()
    cover = look.cover if look.cover and look.cover.digest else None
    # Where a page cuts a cover once more, it keeps the same point in sight.
    more = _COVER_CSS % (cover.focal_x, cover.focal_y) if cover else ""
    by_day, in_the_dark = _plates(_logo_mark())
    more += _PLATE_CSS % ("light", by_day) if by_day else ""
    own_for_dark = look.logo_dark and look.logo_dark.digest
    more += _PLATE_CSS % ("dark", in_the_dark) if in_the_dark and not own_for_dark else ""
    if not look.accent and not look.accent_2:
        return answer_cached(request, more.encode(), "text/css")
    light, dark = (
        _variables(
            made(look.accent, look.accent_2), brand_colours.scene(look.accent, dark=made is brand_colours.dark)[0]
        )
        for made in (brand_colours.light, brand_colours.dark)
    )
    # Stronger than the stylesheet's own, whichever of the two comes first.
    styles = f"html:root, html .theme-light {{ {light} }}\nhtml.dark, html .theme-dark {{ {dark} }}\n"
    return answer_cached(request, (more + styles).encode(), "text/css")


def _variables(brand: Brand, sky: str) -> str:
    return " ".join(f"{name}: {value};" for name, value in {**brand.variables(), "--sky": sky}.items())


def picture(request: Request) -> Response:
    """Serve the logo or the cover, for light or (`?theme=dark`) dark; `?shape=` asks for a cut of the cover.

    `?as=png` asks for the logo as mails need it: on white, and in a format that all of their programs know.
    """
    kind, wanted = request.url.path.rpartition("/")[2], request.query_params
    dark, for_mails = wanted.get("theme") == "dark", wanted.get("as") == "png"
    file = _best_fitting(kind, wanted.get("shape", ""), dark=dark, png=for_mails)
    if file:
        response = _safe(answer_cached(request, file.read_bytes(), _TYPES[file.suffix]))
        if for_mails:
            # Mail that is read in a browser stands on another site.
            response.headers[SHOWN_BY] = "cross-origin"
        return response
    return _safe(answer_cached(request, _drawn(kind, dark=dark), "image/svg+xml"))


def icon(request: Request) -> Response:
    """Serve the icon: drawn, or the logo's; `?size=` (32, 180, 192 or 512) asks for a PNG of that many pixels."""
    asked = request.query_params.get("size", "")
    logo = _logo_mark()
    if not logo and asked not in _ICON_SIZES:
        return _safe(answer_cached(request, _drawn_icon(), "image/svg+xml"))
    made = _icon_file(logo, int(asked) if asked in _ICON_SIZES else _ICON_SIDE, business.look().accent, "png")
    return _safe(answer_cached(request, made, "image/png"))


def favicon(request: Request) -> Response:
    """Serve the icon to browsers that ask for it by its old name."""
    made = _icon_file(_logo_mark(), 48, business.look().accent, "ico")
    return _safe(answer_cached(request, made, "image/x-icon"))


def _logo_mark() -> Path | None:
    """Return what icons are made of, None without a logo of the business's own."""
    logo = business.look().logo
    file = folder() / logo.digest / "mark.png" if logo and logo.digest else None
    return file if file and file.is_file() else None


@lru_cache(maxsize=4)
def _plates(mark: Path | None) -> tuple[str, str]:
    """Return the grounds a logo needs by day and in the dark; the path of a mark holds the digest of its content."""
    return brand_pictures.plates(mark.read_bytes()) if mark else ("", "")


@lru_cache(maxsize=16)
def _icon_file(mark: Path | None, side: int, accent: str, kind: str) -> bytes:
    """Return an icon; the path of a mark holds the digest of its content."""
    colours = brand_colours.light(accent)
    made = brand_pictures.icon(mark.read_bytes() if mark else None, side, colours.main, colours.contrast)
    return brand_pictures.ico(made) if kind == "ico" else images.png(made)


def _best_fitting(kind: str, shape: str, *, dark: bool, png: bool = False) -> Path | None:
    """Return the business's own picture that fits best: its shape before its theme."""
    given = _given(business.look(), kind, dark=dark)
    place = folder() / given.digest if given else folder()
    if given and not given.digest:
        return None
    stems = [f"{kind}-{shape}", kind] if shape in _SHAPES else [kind]
    names = [name for stem in stems for name in ([f"{stem}-dark", stem] if dark else [stem])]
    suffixes = (".png",) if png else _TYPES
    files = (place / f"{name}{suffix}" for name in names for suffix in suffixes)
    return next((file for file in files if file.is_file()), None)


def _given(look: Look, kind: str, *, dark: bool) -> Picture | None:
    """Return the picture that the office has given or taken away; None where what lies in the folder counts."""
    if kind == "cover":
        return look.cover
    own_for_dark = dark and look.logo_dark and look.logo_dark.digest
    return look.logo_dark if own_for_dark else look.logo


def _safe(response: Response) -> Response:
    response.headers["content-security-policy"] = _PICTURE_POLICY
    return response


def _drawn(kind: str, *, dark: bool) -> bytes:
    """Return a drawn stand-in: the business's name as a word mark, or a quiet cover."""
    return _drawn_logo(dark=dark) if kind == "logo" else _drawn_cover(dark=dark)


def _drawn_icon() -> bytes:
    main = brand_colours.light(business.look().accent).main
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f'<rect width="32" height="32" rx="7" fill="{main}"/>'
        '<path d="M7 16 16 8l9 8v9h-6v-6h-6v6H7z" fill="#ffffff"/></svg>'
    ).encode()


def _drawn_logo(*, dark: bool) -> bytes:
    look = business.look()
    lines = _in_lines(look.name[:40].strip())
    size, first = (19, 29) if len(lines) == 1 else (17, 19)
    ink = "#edf2f1" if dark else "#15201f"
    mark = brand_colours.dark(look.accent).strong if dark else brand_colours.light(look.accent).main
    width = 52 + int(max(map(len, lines)) * size * 0.6)
    words = "".join(
        f'<text x="50" y="{first + 19 * place}" font-family="system-ui, sans-serif" font-size="{size}" '
        f'font-weight="650" fill="{ink}">{escape(line, quote=False)}</text>'
        for place, line in enumerate(lines)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 44" height="44" width="{width}">'
        f'<rect x="2" y="4" width="36" height="36" rx="8" fill="{mark}"/>'
        f'<path d="M12 24 20 16l8 8v8H12z" fill="{"#0e1312" if dark else "#ffffff"}"/>'
        f"{words}</svg>"
    ).encode()


def _in_lines(name: str) -> list[str]:
    """Return a name in one line, or where it is long in two that are about as long; no line ends on an "and"."""
    breaks = [at for at, letter in enumerate(name) if letter == " " and not name[:at].endswith((" &", " and"))]
    if len(name) <= _LONGEST_LINE or not breaks:
        return [name]
    at = min(breaks, key=lambda place: max(place, len(name) - place - 1))
    return [name[:at], name[at + 1 :]]


def _drawn_cover(*, dark: bool) -> bytes:
    sky, far, near = brand_colours.scene(business.look().accent, dark=dark)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 346" preserveAspectRatio="xMidYMax slice">'
        f'<rect width="1200" height="346" fill="{sky}"/>'
        f'<path d="M0 200C200 140 420 240 640 170s400-40 560 0v176H0z" fill="{far}"/>'
        f'<path d="M0 270C260 210 460 300 700 250s360-20 500 10v86H0z" fill="{near}"/></svg>'
    ).encode()


ROUTES = [
    Route(routes.THEME_JS, theme_js),
    Route(routes.BRAND_CSS, brand_css),
    *(Route(path, picture) for path in _PICTURES),
    Route(routes.BRAND_ICON, icon),
    Route("/favicon.ico", favicon),
]
