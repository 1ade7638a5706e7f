"""The set-up form as HTML: made on the server, working without any script."""

from collections.abc import Mapping
from functools import lru_cache
from html import escape

from babel import Locale
from babel.core import get_global
from babel.localedata import locale_identifiers
from starlette.responses import HTMLResponse

from portal_app import routes
from portal_app.services import passwords, setup
from portal_app.services.setup import SetupForm

Options = tuple[tuple[str, str], ...]
_ENGLISH = Locale("en")
# A field that is asked for again is the first one reached; the password is never sent back.
_ORDER = (
    "business_name",
    "country",
    "currency",
    "locale",
    "zone",
    "phone",
    "support_email",
    "name",
    "email",
    "password",
)


@lru_cache(maxsize=1)
def countries() -> Options:
    """Return (ISO code, English name) of every country that has a currency and a time zone, by name."""
    kept = [(code, name) for code, name in _ENGLISH.territories.items() if setup.is_country(code)]
    return tuple(sorted(kept, key=lambda option: option[1]))


@lru_cache(maxsize=1)
def currencies() -> Options:
    """Return (ISO code, English name) of the currencies in use today, by code."""
    used = sorted({setup.usual_currency(code) for code, _ in countries()})
    return tuple((code, f"{code} · {_ENGLISH.currencies.get(code, code)}") for code in used)


@lru_cache(maxsize=1)
def locales() -> Options:
    """Return (name, description) of the ways to write dates and amounts in English, the portal's language."""
    english = (name for name in locale_identifiers() if name.startswith("en_") and len(name) == 5)
    described = [(name, f"English ({_ENGLISH.territories[name[3:]]})") for name in english]
    return (("en_001", "English (international)"), *sorted(described, key=lambda option: option[1]))


@lru_cache(maxsize=1)
def zones() -> Options:
    """Return (IANA name, the same in words) of the zones people live in, by name."""
    lived_in = {
        zone for names in get_global("territory_zones").values() for zone in names if not zone.startswith("Etc/")
    }
    return tuple((zone, zone.replace("_", " ").replace("/", " / ")) for zone in sorted(lived_in))


def form_page(token: str, form: SetupForm, wrong: Mapping[str, str], *, status: int = 200) -> HTMLResponse:
    """Return the form with what was typed (never the password) and a sentence at each field to be changed."""
    first = next((name for name in _ORDER if name in wrong), "")
    field = _Fields(form, wrong, first)
    own = "The country's own"
    sections = (
        _notice(wrong),
        _section(
            "Your business",
            field.text("business_name", "Business name", "organization", hint="As your customers know it."),
            field.select("country", "Country", countries(), "Choose your country"),
            field.select("currency", "Currency", currencies(), own),
            field.select("locale", "Dates and amounts", locales(), own, "How the portal writes them."),
            field.select("zone", "Time zone", zones(), f"{own}, where it has one", "Arrival times are shown in it."),
            field.text(
                "phone", "Phone", "tel", kind="tel", hint="Shown on every page, so that customers can ring you."
            ),
            field.text("support_email", "E-mail for customers", "off", kind="email", hint="Where they can write to."),
        ),
        _section(
            "Your account",
            field.text("name", "Your name", "name"),
            field.text("email", "Your e-mail", "username", kind="email", hint="You sign in with it."),
            field.text("password", "Password", "new-password", kind="password", hint=passwords.POLICY),
        ),
    )
    body = f"""<div class="stack-s"><h1>Set up your portal</h1>
<p class="text muted">A few facts, and your customers have a front door. Name, look and words can be changed
later; country, currency, language and time zone stay as they are.</p></div>
<form class="stack-l" method="post" action="{escape(routes.setup(token))}" novalidate>
{"".join(sections)}
<button class="btn btn-primary btn-lg btn-block" type="submit">Create the portal</button>
</form>"""
    return _page(body, status)


class _Fields:
    """Writes the fields of one form, with their values, hints and errors."""

    def __init__(self, form: SetupForm, wrong: Mapping[str, str], first_wrong: str) -> None:
        self._form = form
        self._wrong = wrong
        self._first_wrong = first_wrong

    def text(self, name: str, label: str, autocomplete: str, *, kind: str = "text", hint: str = "") -> str:
        """Return a one-line field."""
        value = "" if kind == "password" else escape(str(getattr(self._form, name)))
        plain = ' autocapitalize="none" spellcheck="false"' if kind in {"email", "password"} else ""
        control = (
            f'<input class="input" id="{name}" name="{name}" type="{kind}" value="{value}" '
            f'autocomplete="{autocomplete}"{plain}{self._state(name, hint)}>'
        )
        return self._field(name, label, control, hint)

    def select(self, name: str, label: str, options: Options, empty: str, hint: str = "") -> str:
        """Return a choice whose first option is empty."""
        chosen = getattr(self._form, name)
        rows = (
            f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(words)}</option>'
            for value, words in (("", empty), *options)
        )
        control = f'<select class="input" id="{name}" name="{name}"{self._state(name, hint)}>{"".join(rows)}</select>'
        return self._field(name, label, control, hint)

    def _state(self, name: str, hint: str) -> str:
        described = [f"{name}-hint"] if hint else []
        if name not in self._wrong:
            return f' aria-describedby="{described[0]}"' if described else ""
        focus = " autofocus" if name == self._first_wrong else ""
        return f' aria-invalid="true" aria-describedby="{" ".join([f"{name}-error", *described])}"{focus}'

    def _field(self, name: str, label: str, control: str, hint: str) -> str:
        error = f'<p class="error" id="{name}-error">{escape(self._wrong[name])}</p>' if name in self._wrong else ""
        words = f'<p class="hint" id="{name}-hint">{escape(hint)}</p>' if hint else ""
        return (
            f'<div class="field"><label class="label" for="{name}">{escape(label)}</label>{control}{error}{words}</div>'
        )


def _section(title: str, *fields: str) -> str:
    return f'<section class="stack"><h2>{escape(title)}</h2>{"".join(fields)}</section>'


def _notice(wrong: Mapping[str, str]) -> str:
    if not wrong:
        return ""
    count = "One field needs" if len(wrong) == 1 else f"{len(wrong)} fields need"
    return (
        f'<p class="notice notice-overdue" role="alert">{count} another look. '
        "Everything you typed is still here, except the password.</p>"
    )


def _page(body: str, status: int) -> HTMLResponse:
    html = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="robots" content="noindex">
<title>Set up · Porchlight</title>
<script src="{routes.THEME_JS}"></script>
<link rel="stylesheet" href="/portal.css">
<link rel="stylesheet" href="{routes.BRAND_CSS}">
</head>
<body>
<div class="door">
<div class="cover"><img class="only-light" src="{routes.BRAND_COVER}" alt="">
<img class="only-dark" src="{routes.BRAND_COVER}?theme=dark" alt=""></div>
<main class="door-main" id="main"><div class="stack-l">
<div class="door-logo logo"><img class="only-light" src="{routes.BRAND_LOGO}" alt="Porchlight" height="44">
<img class="only-dark" src="{routes.BRAND_LOGO}?theme=dark" alt="Porchlight" height="44"></div>
{body}
</div></main>
</div>
</body>
</html>
"""
    return HTMLResponse(html, status_code=status, headers={"cache-control": "no-store"})
