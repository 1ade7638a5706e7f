"""The mail settings' words."""

from dataclasses import dataclass, field

from portal_app.components.words import Words, plural
from portal_app.services.mail_settings import PRESETS, MailOverview

SECURITY_WORDS = {
    "starttls": "STARTTLS (most often port 587)",
    "tls": "TLS from the start (most often port 465)",
    "none": "None (only for a server on this machine)",
}
_SHORT = {"starttls": "STARTTLS", "tls": "TLS", "none": "no encryption"}


@dataclass(frozen=True)
class MailView:
    """How mail is set, in words; the password itself is never here.

    `source` is environment, office or none; `test_tone` complete or overdue, empty before any test.
    """

    source: str = ""
    state: str = ""
    tone: str = "processing"
    sentence: str = ""
    preset: str = "own"
    host: str = ""
    port: str = "587"
    security: str = "starttls"
    username: str = ""
    has_password: bool = False
    from_address: str = ""
    test: str = ""
    test_tone: str = ""


@dataclass(frozen=True)
class Wrong:
    """What is wrong with each field, in words."""

    host: str = ""
    port: str = ""
    security: str = ""
    username: str = ""
    password: str = ""
    from_address: str = ""


@dataclass(frozen=True)
class Draft:
    """What choosing a service filled in; `number` tells one choice from the next."""

    number: int = 0
    preset: str = "own"
    host: str = ""
    port: str = "587"
    security: str = "starttls"
    hint: str = field(default="")


def mail_view(overview: MailOverview, words: Words) -> MailView:
    """Return the page for how mail is set now."""
    state, tone, sentence = _state(overview)
    return MailView(
        source=overview.source,
        state=state,
        tone=tone,
        sentence=sentence,
        preset=overview.preset or "own",
        host=overview.host,
        port=str(overview.port),
        security=overview.security,
        username=overview.username,
        has_password=overview.has_password,
        from_address=overview.from_address,
        test=_test(overview, words),
        test_tone="" if overview.last_test_at is None else "overdue" if overview.last_test_error else "complete",
    )


def draft_of(view: MailView, number: int) -> Draft:
    """Return what the form starts with."""
    return Draft(number, view.preset, view.host, view.port, view.security, hint_of(view.preset))


def chosen(preset: str, number: int) -> Draft:
    """Return what choosing a service fills in."""
    found = next((each for each in PRESETS if each.key == preset), PRESETS[-1])
    return Draft(number, found.key, found.host, str(found.port), found.security, found.hint)


def hint_of(preset: str) -> str:
    """Return what a service wants as user name and password."""
    return next((each.hint for each in PRESETS if each.key == preset), PRESETS[-1].hint)


def _state(overview: MailOverview) -> tuple[str, str, str]:
    waits = f" {plural(overview.waiting, 'mail waits', 'mails wait')} in the outbox." if overview.waiting else ""
    if overview.source == "none":
        return "Not set up", "processing", f"No mail can leave: codes, links and invitations wait in the outbox.{waits}"
    how = f"{overview.host}, port {overview.port}, {_SHORT.get(overview.security, overview.security)}"
    if overview.source == "environment":
        where = "Set on the server by PORTAL_SMTP_URL, which wins over what is set here."
        return "Set on the server", "complete", f"{where} Mail leaves through {how}.{waits}"
    return "Set up", "complete", f"Mail leaves through {how}.{waits}"


def _test(overview: MailOverview, words: Words) -> str:
    if overview.last_test_at is None:
        return ""
    when = words.moment(overview.last_test_at)
    return overview.last_test_error or f"The test message of {when} was taken by the mail server."
