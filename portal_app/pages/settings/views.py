"""The words of the settings page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from portal_app.components.devices import device_words
from portal_app.components.words import Words, plural
from portal_app.services import telephones
from portal_app.services.account import PHONE_KINDS, Details, Device, Place
from portal_app.services.booking_notes import Note
from portal_app.services.invoices import address_lines
from portal_app.services.links import LinkFacts, Opens

WAITS = "Waiting for the office’s system to confirm"
DECIDES = "The office is looking at this change"
_KIND_WORDS = {"mobile": "Mobile", "home": "Home", "work": "Work", "other": "Other", "": "Other"}
_OPENED_BY = {"person": "opened", "staff": "looked at by the office", "scanner": "checked by a mail scanner"}


@dataclass(frozen=True)
class PhoneRow:
    """One number: as shown, and as the form edits it; `index` names its fields."""

    index: str = ""
    kind: str = ""
    kind_word: str = ""
    number: str = ""
    shown: str = ""
    kinds: list[list[str]] = field(default_factory=list)


@dataclass(frozen=True)
class AddressView:
    """One address: as lines, and as the form edits it; `key` is a property's public id, or `billing`."""

    key: str = ""
    title: str = ""
    lines: list[str] = field(default_factory=list)
    waiting: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""


@dataclass(frozen=True)
class DeviceRow:
    """One signed-in browser."""

    key: str = ""
    title: str = ""
    sub: str = ""
    here: bool = False


@dataclass(frozen=True)
class LinkRow:
    """One link that leads into the account."""

    key: str = ""
    title: str = ""
    sub: str = ""
    opened: str = ""


@dataclass(frozen=True)
class NoteView:
    """What is written for visits to one property; `key` names its form."""

    key: str = ""
    location: str = ""
    title: str = ""
    body: str = ""
    by: str = ""
    version: int = 0
    may: bool = False


@dataclass(frozen=True)
class SettingsView:
    """The whole page, ready to show; `waiting_…` are sentences, empty when the CRM has agreed.

    `money` and `pays` say that the person may see payments, and save ways to pay.
    """

    name: str = ""
    waiting_name: str = ""
    email: str = ""
    sign_in_email: str = ""
    waiting_email: str = ""
    code_sent_to: str = ""
    phones: list[PhoneRow] = field(default_factory=list)
    phone_form: list[PhoneRow] = field(default_factory=list)
    waiting_phones: str = ""
    addresses: list[AddressView] = field(default_factory=list)
    owner: bool = False
    has_password: bool = True
    devices: list[DeviceRow] = field(default_factory=list)
    others: bool = False
    links: list[LinkRow] = field(default_factory=list)
    money: bool = False
    pays: bool = False
    notes: list[NoteView] = field(default_factory=list)


def settings_view(
    details: Details, devices: Sequence[Device], links: Sequence[LinkFacts], code_sent_to: str, words: Words
) -> SettingsView:
    """Return the page of one person."""
    country = words.look.country
    phones = [_phone(n, kind, number, country) for n, (kind, number) in enumerate(details.phones)]
    return SettingsView(
        name=details.name,
        waiting_name=_waiting(details, "name"),
        email=details.email,
        sign_in_email=details.sign_in_email if details.sign_in_email != details.email else "",
        waiting_email=_waiting(details, "emails"),
        code_sent_to=code_sent_to,
        phones=phones,
        phone_form=[*phones, _phone(len(phones), "mobile", "", country)],
        waiting_phones=_waiting(details, "phones"),
        addresses=_addresses(details),
        owner=details.owner,
        has_password=details.has_password,
        devices=[_device(device, words) for device in devices],
        others=sum(not device.here for device in devices) > 1,
        links=[_link(link, words) for link in links],
    )


def note_view(note: Note, words: Words) -> NoteView:
    """Return what is written for visits to one property."""
    by = f"Written by {note.who}, {words.moment(note.at)}" if note.at and note.body else ""
    title = note.place or "Property"
    return NoteView(f"note-{note.location}", note.location, title, note.body, by, note.version, note.may_write)


def _waiting(details: Details, name: str, place: int | None = None) -> str:
    found = [waiting for waiting in details.waiting if waiting.name == name and waiting.place == place]
    if not found:
        return ""
    return DECIDES if found[-1].decides else WAITS


def _phone(index: int, kind: str, number: str, country: str) -> PhoneRow:
    known = [[key, _KIND_WORDS[key]] for key in PHONE_KINDS]
    if kind not in PHONE_KINDS:
        known = [[kind, _kind_word(kind)], *known]
    return PhoneRow(str(index), kind, _kind_word(kind), number, telephones.written(number, country), known)


def _kind_word(kind: str) -> str:
    return _KIND_WORDS.get(kind) or kind[:1].upper() + kind[1:]


def _addresses(details: Details) -> list[AddressView]:
    found = []
    if details.billing_address is not None:
        found.append(
            _address("billing", "Invoices go to", details.billing_address, _waiting(details, "billing_address"))
        )
    return [*found, *(_place(place, details) for place in details.places)]


def _place(place: Place, details: Details) -> AddressView:
    title = place.name or "Property"
    return _address(place.public_id, title, place.address, _waiting(details, "address", place.id))


def _address(key: str, title: str, address: Mapping[str, str], waiting: str) -> AddressView:
    parts = {name: address.get(name, "") for name in ("line1", "line2", "city", "region", "postal_code")}
    return AddressView(key, title, address_lines(dict(address)), waiting, **parts)


def _device(device: Device, words: Words) -> DeviceRow:
    since = f"signed in {words.moment(device.signed_in_at)}"
    used = "in use now" if device.here else f"last used {words.moment(device.last_seen_at)}"
    network = f"from {device.network}" if device.network else ""
    return DeviceRow(
        device.public_id,
        device_words(device.user_agent),
        " · ".join(part for part in (used, since, network) if part),
        device.here,
    )


def _link(link: LinkFacts, words: Words) -> LinkRow:
    what = f"Link to {link.target}" if link.target else "Link to your portal"
    whom = f"for {link.contact}" if link.contact else ""
    until = f"until {words.long_day(words.day(link.until))}"
    opened = [_opens(opens, words) for opens in link.opens if opens.who in _OPENED_BY]
    return LinkRow(
        link.public_id,
        what,
        " · ".join(part for part in (whom, until) if part),
        "; ".join(opened).capitalize() if opened else "Not opened yet",
    )


def _opens(opens: Opens, words: Words) -> str:
    times = "once" if opens.times == 1 else plural(opens.times, "time", "times")
    return f"{_OPENED_BY[opens.who]} {times}, last {words.moment(opens.last_at)}"
