"""The words about mail that comes back."""

from dataclasses import dataclass

from portal_app.components.words import Words, plural
from portal_app.services.bounce_settings import PRESETS, BounceOverview
from portal_app.workflows.read_bounces import Found


@dataclass(frozen=True)
class BounceView:
    """How the mailbox is read, in words; `source` is environment, office or none."""

    source: str = ""
    state: str = ""
    tone: str = "processing"
    sentence: str = ""
    problem: str = ""
    preset: str = "own"
    host: str = ""
    port: str = "993"
    username: str = ""
    has_password: bool = False
    folder: str = "INBOX"


@dataclass(frozen=True)
class BounceWrong:
    """What is wrong with each field, in words."""

    host: str = ""
    port: str = ""
    username: str = ""
    password: str = ""
    folder: str = ""


@dataclass(frozen=True)
class BounceDraft:
    """What choosing a service filled in; `number` tells one choice from the next."""

    number: int = 0
    preset: str = "own"
    host: str = ""
    port: str = "993"
    hint: str = ""


def bounce_view(overview: BounceOverview, words: Words) -> BounceView:
    """Return the section for how the mailbox is set and read now."""
    state, tone, sentence = _state(overview, words)
    return BounceView(
        source=overview.source,
        state=state,
        tone=tone,
        sentence=sentence,
        problem=_problem(overview, words),
        preset=overview.preset or "own",
        host=overview.host,
        port=str(overview.port),
        username=overview.username,
        has_password=overview.has_password,
        folder=overview.folder,
    )


def bounce_draft_of(view: BounceView, number: int) -> BounceDraft:
    """Return what the form starts with."""
    return BounceDraft(number, view.preset, view.host, view.port, _preset_hint(view.preset))


def bounce_chosen(preset: str, number: int) -> BounceDraft:
    """Return what choosing a service fills in."""
    found = next((each for each in PRESETS if each.key == preset), PRESETS[-1])
    return BounceDraft(number, found.key, found.host, "993", found.hint)


def found_sentence(found: Found) -> str:
    """Return what a look found, in one sentence or two."""
    looked = f"The connection works. {plural(found.mails, 'new mail', 'new mails')} looked at"
    if not found.mails:
        return "The connection works. There is no new mail."
    more = " More are waiting, and are read in a moment." if found.more else ""
    if not found.reports:
        return f"{looked}, no delivery report among them.{more}"
    reports = plural(found.reports, "delivery report", "delivery reports")
    if not found.came_back:
        return f"{looked}, {reports} read, with no news of this portal's mail.{more}"
    ours = plural(found.came_back, "mail of this portal", "mails of this portal")
    return f"{looked}, {reports} read: {ours} came back.{more}"


def _preset_hint(preset: str) -> str:
    return next((each.hint for each in PRESETS if each.key == preset), PRESETS[-1].hint)


def _state(overview: BounceOverview, words: Words) -> tuple[str, str, str]:
    if overview.source == "none":
        sentence = (
            "When a mailbox turns out to be gone or full, its server says so later, by mail to the address your mail "
            "comes from. Let the portal read that mailbox, and it shows on the profile what came back."
        )
        return "Not read", "processing", sentence
    where = f"{overview.folder} of {overview.username} at {overview.host}, port {overview.port}"
    if overview.source == "environment":
        where += ", set on the server by PORTAL_BOUNCE_IMAP_URL"
    if overview.last_check_at is None:
        return "Not read yet", "processing", f"{where}."
    came_back = plural(overview.came_back, "mail", "mails") if overview.came_back else "no mail"
    so_far = f"So far {came_back} came back."
    if overview.last_error:
        return "Cannot be read", "overdue", f"{where}. {so_far}"
    return "Read", "complete", f"{where}. Last read {words.moment(overview.last_check_at)}. {so_far}"


def _problem(overview: BounceOverview, words: Words) -> str:
    if not overview.last_error or overview.last_check_at is None or overview.source == "none":
        return ""
    last = overview.last_success_at
    worked = f"It last worked {words.moment(last)}." if last else "It has not worked yet."
    return f"{overview.last_error} Last tried {words.moment(overview.last_check_at)}. {worked}"
