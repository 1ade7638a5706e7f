"""How a mail looks: the plain text and the HTML, made alike from one list of words."""

from dataclasses import dataclass
from html import escape

from portal_app import routes
from portal_app.services import brand_colours
from portal_app.services.business import Look
from portal_app.services.mail_parts import Words, one_line

# Light and dark: canvas, card, ink, second ink, line.
_LIGHT = ("#f4f6f5", "#ffffff", "#15201f", "#465351", "#e2e7e5")
_DARK = ("#0e1312", "#161c1b", "#edf2f1", "#b9c4c1", "#3a4442")
_FONT = "-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail ready to leave: its subject and its two parts of equal content."""

    subject: str
    text: str
    html: str


def render(words: Words, look: Look, public_url: str) -> Rendered:
    """Return the mail's text and HTML; its link is made of the portal's own public address and nothing else."""
    link = public_url + words.button[1] if words.button and words.button[1] else ""
    return Rendered(words.subject, as_text(words, look, link), as_html(words, look, link, _logo(look, public_url)))


def _logo(look: Look, public_url: str) -> str:
    """Return where mails find the logo, empty without one; the address changes with it, for those who keep pictures."""
    picture = look.logo
    return f"{public_url}{routes.BRAND_LOGO}?as=png&v={picture.digest[:12]}" if picture and picture.digest else ""


def contact_lines(look: Look) -> tuple[str, ...]:
    """Return how to reach the business: its name, telephone and address of mail."""
    reach = " · ".join(part for part in (look.phone, look.support_email) if part)
    return tuple(line for line in (one_line(look.name), one_line(reach)) if line)


def as_text(words: Words, look: Look, link: str) -> str:
    """Return the plain part: the same words in the same order."""
    blocks = [words.heading, *words.before]
    if words.code:
        blocks.append(f"    {words.code}")
    if link and words.button:
        blocks.append(f"{words.button[0]}:\n{link}")
    blocks += words.after
    return "\n\n".join(blocks) + "\n\n-- \n" + "\n".join(contact_lines(look)) + "\n"


def as_html(words: Words, look: Look, link: str, logo: str = "") -> str:
    """Return the designed part: one column of at most 600 px, inline styles, light and dark.

    `logo` is a picture's address; without one, and where pictures are not shown, the business's name stands there.
    """
    canvas, card, ink, second, line = _LIGHT
    colours = brand_colours.light(look.accent)
    brand, contrast = colours.main, colours.contrast
    parts = [_paragraph(text, ink, "ink") for text in words.before]
    if words.code:
        parts.append(
            f'<p class="ink code" style="margin:8px 0 24px;font-size:34px;line-height:44px;font-weight:700;'
            f'letter-spacing:4px;white-space:nowrap;color:{ink}">{escape(words.code)}</p>'
        )
    if link and words.button:
        parts.append(_button(words.button[0], link, brand, contrast, second))
    parts += [_paragraph(text, second, "second") for text in words.after]
    foot = "<br>".join(escape(text) for text in contact_lines(look))
    language = escape(look.locale.replace("_", "-"))
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">'
        f"<title>{escape(words.subject)}</title><style>{_style(look)}</style></head>"
        f'<body class="canvas" style="margin:0;padding:0;background:{canvas};font-family:{_FONT}">'
        f'<table role="presentation" class="canvas" width="100%" cellpadding="0" cellspacing="0" border="0" '
        f'style="background:{canvas}"><tr><td align="center" style="padding:24px 12px">'
        f'<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:600px">'
        f"{_head(look, brand, contrast, logo)}"
        f'<tr><td class="card" style="padding:28px 24px 12px;background:{card}">'
        f'<h1 class="ink" style="margin:0 0 16px;font-size:24px;line-height:32px;font-weight:650;color:{ink}">'
        f"{escape(words.heading)}</h1>{''.join(parts)}</td></tr>"
        f'<tr><td class="card second" style="padding:16px 24px 24px;border-radius:0 0 12px 12px;background:{card};'
        f'border-top:1px solid {line};color:{second};font-size:14px;line-height:22px">{foot}</td></tr>'
        "</table></td></tr></table></body></html>"
    )


def _head(look: Look, brand: str, contrast: str, logo: str) -> str:
    name, letters = escape(one_line(look.name)), "font-size:17px;line-height:24px;font-weight:600"
    if not logo or look.logo is None:
        return (
            f'<tr><td class="brand" style="padding:16px 24px;border-radius:12px 12px 0 0;background:{brand};'
            f'color:{contrast};{letters}">{name}</td></tr>'
        )
    # White in the dark too: a logo is made for paper, and the one for the dark would need what few programs know.
    scale = min(200 / look.logo.width, 56 / look.logo.height, 1.0)
    width, height = max(1, round(look.logo.width * scale)), max(1, round(look.logo.height * scale))
    return (
        f'<tr><td style="padding:16px 24px;border-radius:12px 12px 0 0;background:#ffffff;'
        f'border-bottom:3px solid {brand};color:{_LIGHT[2]};{letters}">'
        f'<img src="{escape(logo)}" alt="{name}" width="{width}" height="{height}" '
        f'style="display:block;border:0;color:{_LIGHT[2]}"></td></tr>'
    )


def _style(look: Look) -> str:
    canvas, card, ink, second, line = _DARK
    colours = brand_colours.dark(look.accent)
    return (
        ":root{color-scheme:light dark}a{word-break:break-all}"
        "@media (prefers-color-scheme:dark){"
        f".canvas{{background:{canvas}!important}}.card{{background:{card}!important;border-color:{line}!important}}"
        f".ink{{color:{ink}!important}}.second,.second a{{color:{second}!important}}"
        f".brand{{background:{colours.main}!important;color:{colours.contrast}!important}}}}"
    )


def _paragraph(text: str, colour: str, name: str) -> str:
    style = f"margin:0 0 16px;font-size:16px;line-height:24px;color:{colour};overflow-wrap:anywhere"
    return f'<p class="{name}" style="{style}">{escape(text)}</p>'


def _button(label: str, link: str, brand: str, contrast: str, second: str) -> str:
    """Return the button, and below it its address in words for those who would rather read before they press."""
    address = escape(link)
    return (
        '<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:8px 0 16px"><tr>'
        f'<td class="brand" style="border-radius:8px;background:{brand}">'
        f'<a class="brand" href="{address}" style="display:inline-block;padding:14px 24px;border-radius:8px;'
        f"background:{brand};color:{contrast};font-size:16px;line-height:20px;font-weight:600;"
        f'text-decoration:none;word-break:normal">{escape(label)}</a></td></tr></table>'
        f'<p class="second" style="margin:0 0 16px;font-size:13px;line-height:20px;color:{second}">'
        f'<a class="second" href="{address}" style="color:{second};word-break:break-all">{address}</a></p>'
    )
