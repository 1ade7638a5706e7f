"""What each mail says: one list of words, from which the plain text and the HTML are made alike."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

from portal_app import clock, routes
from portal_app.money import Money
from portal_app.services import brand_colours
from portal_app.services.business import Look
from portal_app.services.mails import Mail

MASK = "••••••"
_LONGEST_FACT = 120
# Light and dark: canvas, card, ink, second ink, line.
_LIGHT = ("#f4f6f5", "#ffffff", "#15201f", "#465351", "#e2e7e5")
_DARK = ("#0e1312", "#161c1b", "#edf2f1", "#b9c4c1", "#3a4442")
_FONT = "-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
_LINKISH = re.compile(r"(?i)\b(?:https?|ftp)\b:?|www\.|[/:@\\]")
_DOTTED = re.compile(r"(?<=\w)\.(?=[^\W\d])")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one mail: paragraphs, perhaps a code and one button (label, path), and what stands below."""

    subject: str
    heading: str
    before: tuple[str, ...]
    code: str = ""
    button: tuple[str, str] | None = None
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail ready to leave: its subject and its two parts of equal content."""

    subject: str
    text: str
    html: str


class _Facts:
    """Reads facts and secrets defensively: rows may be old, and names are somebody's typing."""

    def __init__(self, facts: Mapping[str, Any], secrets: Mapping[str, Any], look: Look) -> None:
        self._facts, self._secrets, self.business = facts, secrets, one_line(look.name)
        self._locale = look.locale

    def name(self, key: str, otherwise: str = "") -> str:
        """Return somebody's words as one short line that no mail program makes a link of."""
        return plain(str(self._facts.get(key) or "")) or otherwise

    def address(self, key: str, otherwise: str) -> str:
        """Return an address of mail, which may look like one."""
        return one_line(str(self._facts.get(key) or "")) or otherwise

    def count(self, key: str, one: str, many: str) -> str:
        """Return such as `10 minutes`; empty without the fact."""
        number = self._facts.get(key)
        if isinstance(number, bool) or not isinstance(number, int | float):
            return ""
        whole = round(number)
        return f"{whole} {one if whole == 1 else many}"

    def money(self) -> str:
        """Return the mail's amount as the business writes it, `an amount` where the facts hold none."""
        minor, currency = self._facts.get("amount_minor"), self._facts.get("currency")
        if isinstance(minor, bool) or not isinstance(minor, int) or not re.fullmatch(r"[A-Z]{3}", str(currency)):
            return "an amount"
        return Money(minor, str(currency)).show(self._locale)

    def day(self, key: str) -> str:
        """Return a day as the business writes it; empty without one."""
        try:
            return clock.show_date(date.fromisoformat(str(self._facts.get(key))), self._locale)
        except ValueError:
            return ""

    def invoices(self) -> str:
        """Return such as `invoice 2291` or `invoices 2291 and 2292`; `your account` without any."""
        given = self._facts.get("invoices")
        numbers = [plain(str(number)) for number in given if number] if isinstance(given, list) else []
        if not numbers:
            return "your account"
        shown = numbers if len(numbers) <= 4 else [*numbers[:3], f"{len(numbers) - 3} more"]
        return f"invoice {shown[0]}" if len(shown) == 1 else f"invoices {', '.join(shown[:-1])} and {shown[-1]}"

    def flag(self, key: str) -> bool:
        """Return whether something is so."""
        return bool(self._facts.get(key))

    @property
    def code(self) -> str:
        """The code in two groups, such as `123 456`."""
        code = str(self._secrets.get("code") or "")
        return f"{code[:3]} {code[3:]}" if re.fullmatch(r"\d{6}", code) else code

    @property
    def path(self) -> str:
        """The portal's own path that the mail leads to; empty when there is none."""
        path = str(self._secrets.get("path") or "")
        return path if path.startswith("/") and not path.startswith("//") and path.isprintable() else ""


def one_line(text: str) -> str:
    """Return words as one line of at most 120 characters, all of them shown."""
    words = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return words if len(words) <= _LONGEST_FACT else words[: _LONGEST_FACT - 1].rstrip() + "…"


def plain(text: str) -> str:
    """Return somebody's words as one line that no mail program turns into a link."""
    # A name such as `evil.example` would be made a link too: what follows a dot gets a space of its own.
    return one_line(_DOTTED.sub(". ", _LINKISH.sub(" ", text)))


def _link(f: _Facts) -> Words:
    what = f.name("what")
    lasts = f.count("days", "day", "days")
    return Words(
        subject=f"{what[:1].upper()}{what[1:]} from {f.business}" if what else f"Your customer portal at {f.business}",
        heading="Something for you" if what else "Your customer portal",
        before=(
            f"Open the portal of {f.business} to see {what}."
            if what
            else "See your visits, invoices and messages in one place.",
            "We will send a six-digit code to this address first, to make sure that it is you.",
        ),
        button=("Open the portal", f.path),
        after=(
            f"The link works for {lasts}." if lasts else "The link works for a while.",
            "Please do not pass this mail on.",
        ),
    )


def _code(f: _Facts) -> Words:
    lasts = f.count("minutes", "minute", "minutes") or "a few minutes"
    return Words(
        subject=f"Your code is {f.code}",
        heading="Your code",
        before=(f"Type this code on the page of {f.business} where you asked for it.",),
        code=f.code,
        button=("Open the portal here instead", f.path) if f.path else None,
        after=(
            f"The code works for {lasts}, once, in the browser that asked for it.",
            f"Nobody from {f.business} will ever ask you for it, not on the phone either.",
            "If you did not ask for a code, you need not do anything: without it nobody gets in.",
        ),
    )


def _invitation(f: _Facts) -> Words:
    customer, lasts = f.name("customer"), f.count("days", "day", "days")
    return Words(
        subject=f"{f.business} invites you to its customer portal",
        heading="You are invited",
        before=(
            f"{f.business} has opened its customer portal for you" + (f", for {customer}." if customer else "."),
            "There you see visits, invoices and messages. Choose a password to begin.",
        ),
        button=("Choose a password", f.path),
        after=(
            f"The invitation works for {lasts}." if lasts else "The invitation works for a while.",
            "If you did not expect this, you need not do anything.",
        ),
    )


def _reset(f: _Facts) -> Words:
    lasts = f.count("hours", "hour", "hours") or "a short while"
    why = (
        f"{f.business} has sent you this link, so that you can choose a new password."
        if f.flag("by_office")
        else "Somebody, most likely you, asked for a new password on our sign-in page."
    )
    return Words(
        subject=f"Choose a new password for {f.business}",
        heading="Choose a new password",
        before=(why,),
        button=("Choose a new password", f.path),
        after=(
            f"The link works for {lasts}, once.",
            "If you did not ask for this, you need not do anything: your password stays as it is.",
        ),
    )


def _password_changed(f: _Facts) -> Words:
    who = f"by {f.business}" if f.flag("by_office") else "just now"
    return Words(
        subject="Your password was changed",
        heading="Your password was changed",
        before=(
            f"The password of your account at {f.business} was changed {who}.",
            "Everybody who was signed in elsewhere with the old one has been signed out.",
        ),
        after=("If this was not you, please ring or write to us at once.",),
    )


def _person_invited(f: _Facts) -> Words:
    person, customer = f.name("person", "Somebody"), f.name("customer", "your account")
    return Words(
        subject=f"{person} was invited to your account",
        heading="Somebody was invited",
        before=(f"{person} was invited to the portal of {f.business}, to see {customer}.",),
        after=("If this should not be, please ring or write to us: we can shut it again at once.",),
    )


def _confirm_email(f: _Facts) -> Words:
    lasts = f.count("minutes", "minute", "minutes") or "a few minutes"
    return Words(
        subject=f"Your code is {f.code}",
        heading="Confirm this address",
        before=(f"Type this code in the portal of {f.business} to use this address from now on.",),
        code=f.code,
        after=(
            f"It works for {lasts}, once.",
            f"Nobody from {f.business} will ever ask you for it.",
            "If you did not ask for this, you need not do anything.",
        ),
    )


def _email_changed(f: _Facts) -> Words:
    new = f.address("new_email", "another address")
    return Words(
        subject="Your e-mail address was changed",
        heading="Your e-mail address was changed",
        before=(f"Your account at {f.business} now uses {new}. Mail will go there from now on.",),
        after=("If this was not you, please ring or write to us at once.",),
    )


def _receipt(f: _Facts) -> Words:
    amount, number, method = f.money(), f.name("receipt"), f.name("method")
    return Words(
        subject=f"Receipt for {amount} from {f.business}",
        heading=f"Thank you: {amount} has arrived",
        before=(
            f"{f.business} has received {amount} for {f.invoices()}" + (f", paid with {method}." if method else "."),
            *([f"Receipt number {number}."] if number else []),
        ),
        button=("See the payment", f.path) if f.path else None,
        after=("Nothing more needs to be done.",),
    )


def _with_bank(f: _Facts) -> Words:
    amount, expected = f.money(), f.day("expected_on")
    return Words(
        subject=f"{amount} is with your bank",
        heading=f"{amount} is with your bank",
        before=(
            f"Your payment of {amount} for {f.invoices()} is on its way to {f.business}.",
            f"We expect it by {expected}." if expected else "A bank debit takes a few working days.",
        ),
        button=("See the payment", f.path) if f.path else None,
        after=("It counts as paid once your bank has confirmed it; then you get a receipt.",),
    )


def _payment_failed(f: _Facts) -> Words:
    amount, why = f.money(), f.name("why")
    happened = (
        f"Your bank has taken back your payment of {amount} for {f.invoices()}."
        if f.flag("returned")
        else f"Your payment of {amount} for {f.invoices()} did not go through."
    )
    return Words(
        subject=f"Your payment of {amount} did not go through",
        heading="The payment did not go through",
        before=(
            happened,
            *([why] if why else []),
            "So it is still to be paid. You can pay in another way at any time.",
        ),
        button=("See the payment", f.path) if f.path else None,
        after=("If you think that this is wrong, please ask your bank, or ring or write to us.",),
    )


def _refund(f: _Facts) -> Words:
    amount, method = f.money(), f.name("method")
    return Words(
        subject=f"{f.business} has given back {amount}",
        heading=f"{amount} is on its way back to you",
        before=(
            f"{f.business} has given back {amount}" + (f" to {method}." if method else "."),
            "Banks take up to ten working days to show it.",
        ),
        button=("See the payment", f.path) if f.path else None,
        after=("Nothing needs to be done.",),
    )


_OFFICE_NEWS = {
    "failed": ("did not go through", "The invoice is open again."),
    "returned": ("was taken back by the bank", "The invoice is open again; the receipt is void."),
    "disputed": ("is disputed by the cardholder", "Please answer at Stripe before its day; until then it is unpaid."),
    "dispute_won": ("is yours again", "The dispute was won."),
    "held": ("is held", "What arrived is not what was asked for. Please decide what it pays."),
    "refund": ("was refunded at Stripe", "Please say whether the invoice is open again or the debt is gone as well."),
    "refund_failed": ("could not be given back", "The refund failed at the bank; the money is here again."),
}


def _office_payment(f: _Facts) -> Words:
    amount, customer = f.money(), f.name("customer", "A customer")
    happened, then = _OFFICE_NEWS.get(f.name("what"), ("has news", "Please have a look."))
    return Words(
        subject=f"{amount} of {customer} {happened}",
        heading=f"A payment {happened}",
        before=(f"{amount} of {customer} {happened}.", then),
        button=("Open the payment", f.path) if f.path else None,
    )


def _test(f: _Facts) -> Words:
    return Words(
        subject=f"A test from {f.business}",
        heading="Mail works",
        before=(f"This is the test message that {f.name('by', 'somebody')} asked for under Settings, Mail.",),
        after=("Nothing needs to be done.",),
    )


_WORDS: dict[Mail, Callable[[_Facts], Words]] = {
    Mail.LINK: _link,
    Mail.CODE: _code,
    Mail.INVITATION: _invitation,
    Mail.RESET: _reset,
    Mail.PASSWORD_CHANGED: _password_changed,
    Mail.PERSON_INVITED: _person_invited,
    Mail.CONFIRM_EMAIL: _confirm_email,
    Mail.EMAIL_CHANGED: _email_changed,
    Mail.RECEIPT: _receipt,
    Mail.PAYMENT_WITH_BANK: _with_bank,
    Mail.PAYMENT_FAILED: _payment_failed,
    Mail.REFUND: _refund,
    Mail.OFFICE_PAYMENT: _office_payment,
    Mail.TEST: _test,
}


def words_of(mail: Mail, facts: Mapping[str, Any], secrets: Mapping[str, Any], look: Look) -> Words:
    """Return what one mail says."""
    return _WORDS[mail](_Facts(facts, secrets, look))


def masked(mail: Mail, facts: Mapping[str, Any], look: Look) -> Words:
    """Return what one mail says to those who must not see its code or its link: the office."""
    secrets = {"code": MASK, "path": f"/{MASK}"} if mail is not Mail.CODE else {"code": MASK}
    return words_of(mail, facts, secrets, look)


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
