"""What carries the business's look: theme script, brand colours, logo and cover."""

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from portal_app import routes
from portal_app.services import brand_colours, business
from portal_app.services.brand_colours import Brand
from portal_app.settings import get_settings

# Runs before the first paint. Reflex reads localStorage.theme, "system" when there is none, and asks the
# browser what the system wants: while the visitor has not switched, the office's own default answers.
# It also opens the redirects that leave the app in a new tab, which browsers block; ours must leave this one.
_THEME_JS = """(function () {
  var fallback = "%s", chosen = null;
  try { chosen = localStorage.getItem("theme"); } catch (error) { chosen = null; }
  var theme = chosen && chosen !== "system" ? chosen : fallback;
  if (theme === "system") theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  var root = document.documentElement;
  root.classList.remove("light", "dark");
  root.classList.add(theme);
  root.style.colorScheme = theme;
  var ask = window.matchMedia;
  if (fallback !== "system") window.matchMedia = function (query) {
    if (query !== "(prefers-color-scheme: dark)") return ask.call(window, query);
    return { matches: fallback === "dark", addEventListener: function () {}, removeEventListener: function () {} };
  };
  window.open = function (address) { location.replace(address); return null; };
})();
"""
_PICTURES = (routes.BRAND_LOGO, routes.BRAND_COVER, routes.BRAND_ICON)
_SHAPES = ("strip", "tall")
_TYPES = {".svg": "image/svg+xml", ".webp": "image/webp", ".png": "image/png"}
_TEXT = {"image/svg+xml", "text/css", "text/javascript"}
# A picture is shown by <img>, where scripts never run; opened on its own it must not run any either.
_PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def answer_cached(request: Request, body: bytes, media_type: str) -> Response:
    """Return the body with an ETag, or 304 when the browser already has it; text is compressed where it may be."""
    headers = {"cache-control": "no-cache"}
    tag = hashlib.sha256(body).hexdigest()[:20]
    if media_type in _TEXT:
        headers["vary"] = "accept-encoding"
        if "gzip" in request.headers.get("accept-encoding", "").lower():
            body, tag = _compressed(body), f"{tag}-gzip"
            headers["content-encoding"] = "gzip"
    headers["etag"] = etag = f'"{tag}"'
    if request.headers.get("if-none-match") == etag:
        headers.pop("content-encoding", None)
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


@lru_cache(maxsize=32)
def _compressed(body: bytes) -> bytes:
    return gzip.compress(body, mtime=0)


def theme_js(request: Request) -> Response:
    """Serve the blocking script that decides light or dark before anything is painted."""
    look = business.look()
    theme = look.theme if look.theme in {"light", "dark"} else "system"
    return answer_cached(request, (_THEME_JS % theme).encode(), "text/javascript")


def brand_css(request: Request) -> Response:
    """Serve the brand's variables; the stylesheet's own stand as long as the business has chosen none."""
    look = business.look()
    if not look.accent and not look.accent_2:
        return answer_cached(request, b"", "text/css")
    light, dark = (_variables(brand(look.accent, look.accent_2)) for brand in (brand_colours.light, brand_colours.dark))
    # Stronger than the stylesheet's own, whichever of the two comes first.
    styles = f"html:root, html .theme-light {{ {light} }}\nhtml.dark, html .theme-dark {{ {dark} }}\n"
    return answer_cached(request, styles.encode(), "text/css")


def _variables(brand: Brand) -> str:
    return " ".join(f"{name}: {value};" for name, value in brand.variables().items())


def picture(request: Request) -> Response:
    """Serve the logo or the cover, for light or (`?theme=dark`) dark; `?shape=` asks for a cut of the cover."""
    kind = request.url.path.rpartition("/")[2]
    dark = request.query_params.get("theme") == "dark"
    file = _best_fitting(kind, request.query_params.get("shape", ""), dark=dark)
    if file:
        return _safe(answer_cached(request, file.read_bytes(), _TYPES[file.suffix]))
    return _safe(answer_cached(request, _drawn(kind, dark=dark), "image/svg+xml"))


def favicon(request: Request) -> Response:
    """Serve the icon to browsers that ask for it by its old name."""
    return _safe(answer_cached(request, _drawn_icon(), "image/svg+xml"))


def _best_fitting(kind: str, shape: str, *, dark: bool) -> Path | None:
    """Return the business's own picture that fits best: its shape before its theme."""
    folder = get_settings().data_dir / "brand"
    stems = [f"{kind}-{shape}", kind] if shape in _SHAPES else [kind]
    names = [name for stem in stems for name in ([f"{stem}-dark", stem] if dark else [stem])]
    files = (folder / f"{name}{suffix}" for name in names for suffix in _TYPES)
    return next((file for file in files if file.is_file()), None)


def _safe(response: Response) -> Response:
    response.headers["content-security-policy"] = _PICTURE_POLICY
    return response


def _drawn(kind: str, *, dark: bool) -> bytes:
    """Return a drawn stand-in: the business's name as a word mark, its initial as icon, or a quiet cover."""
    if kind == "icon":
        return _drawn_icon()
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
    name = look.name[:40]
    escaped = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    ink = "#edf2f1" if dark else "#15201f"
    mark = brand_colours.dark(look.accent).strong if dark else brand_colours.light(look.accent).main
    width = 52 + int(len(name) * 11.5)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 44" height="44" width="{width}">'
        f'<rect x="2" y="4" width="36" height="36" rx="8" fill="{mark}"/>'
        f'<path d="M12 24 20 16l8 8v8H12z" fill="{"#0e1312" if dark else "#ffffff"}"/>'
        f'<text x="50" y="29" font-family="system-ui, sans-serif" font-size="19" font-weight="650" fill="{ink}">'
        f"{escaped}</text></svg>"
    ).encode()


def _drawn_cover(*, dark: bool) -> bytes:
    sky, far, near = ("#14292d", "#1a3436", "#1b3d3d") if dark else ("#dceceb", "#c2dcd9", "#9dc4c0")
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
    Route("/favicon.ico", favicon),
]
