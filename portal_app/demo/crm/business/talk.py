"""Messages, photos, documents and requests of the demo business."""

from portal_app.demo.crm import files
from portal_app.demo.crm.business.making import Calendar
from portal_app.demo.crm.store import Record

_MESSAGES = (
    # id, thread kind, thread id, direction, author, minutes ago, text
    (601, "quote", "quo_1048", "inbound", "Sarah Whitcombe", 5_900, "Will it fit the airing cupboard?"),
    (602, "quote", "quo_1048", "outbound", "Dave Okafor", 5_760, "Yes, with 8 cm to spare. I measured twice."),
    (603, "job", "job_3127", "inbound", "Sarah Whitcombe", 75, "Could Dave look at the bathroom tap too?"),
    (604, "job", "job_3127", "outbound", "Ruth Hartley", 53, "Yes, he can look at the tap too."),
    (605, "job", "job_3128", "inbound", "Jo Lindqvist", 1_600, "We are in from nine. Please ring twice."),
    (606, "job", "job_3128", "outbound", "Ruth Hartley", 1_540, "I have told Priya. See you tomorrow."),
    (607, "invoice", "inv_2290", "inbound", "Simon Teale", 9_100, "Please put our order number 7731 on it."),
    (608, "invoice", "inv_2290", "outbound", "Ruth Hartley", 8_960, "Done, a new copy is on its way."),
    (609, "customer", "cus_1011", "inbound", "Iris Fairweather", 30_300, "Thank you, the house has never been warmer."),
)
_ATTACHMENTS = (
    # id, subject kind, subject id, location, kind, name, file, days, expires in days, visible
    (701, "visit", "vis_4087", 2001, "photo", "Before: boiler", "boiler.png", -14, None, True),
    (702, "visit", "vis_4087", 2001, "photo", "Pressure 1.4 bar", "gauge.png", -14, None, True),
    (703, "visit", "vis_4087", 2001, "photo", "New valve fitted", "pipes.png", -14, None, True),
    (704, "visit", "vis_4087", 2001, "photo", "Bedroom radiator", "valve.png", -14, None, True),
    (705, "visit", "vis_4087", 2001, "photo", "Hot water cylinder", "cylinder.png", -14, None, True),
    (706, "visit", "vis_4087", 2001, "photo", "Flue outside", "flue.png", -14, None, True),
    (707, "visit", "vis_4087", 2001, "photo", "Wiring, for the office", "pipes.png", -14, None, False),
    (708, "job", "job_3027", 2001, "document", "Gas safety record, last year", "gas-safety-record.pdf", -364, 2, True),
    (709, "job", "job_3127", 2001, "document", "Boiler manual", "boiler-manual.pdf", -2_190, None, True),
    (710, "visit", "vis_4087", 2001, "document", "Valve warranty", "valve-warranty.pdf", -13, 717, True),
    (711, "job", "job_3098", 2002, "document", "Gas safety record, flat 2", "gas-safety-record.pdf", -160, 205, True),
    (712, "visit", "vis_4061", 2004, "photo", "Ignition lead", "boiler.png", -69, None, True),
    (713, "job", "job_2900", 2005, "document", "Legionella log", "legionella-log.pdf", -11, None, True),
    (714, "visit", "vis_4082", 2009, "photo", "Pipework in the kitchen", "pipes.png", -18, None, True),
    (715, "visit", "vis_30271", 2001, "photo", "Boiler after the service", "boiler.png", -365, None, True),
    (716, "visit", "vis_30271", 2001, "photo", "IMG_2041", "gauge.png", -365, None, True),
    (717, "visit", "vis_29902", 2001, "photo", "Softener in the cellar", "cylinder.png", -104, None, True),
    (718, "visit", "vis_29271", 2001, "document", "Old gas safety record", "gas-safety-record.pdf", -730, -365, True),
)
_REQUESTS = (
    # id, customer, location, job, kind, status, days, title, text
    (801, 1001, 2003, "job_3139", "work", "converted", -3, "Outside tap", "Could you fit a tap by the back door?"),
    (802, 1002, 2004, None, "callback", "received", -1, "Ring me about the boiler quote", "After six is best."),
    (803, 1007, 2009, "job_3118", "issue", "scheduled", -4, "Radiator still drips", "A cup a day, we put a bowl."),
    (804, 1012, 2014, None, "work", "declined", -40, "Move the gas meter", "About one metre to the left."),
)


def build_talk(calendar: Calendar) -> dict[str, list[Record]]:
    """Give messages, attachments and service requests."""
    return {
        "messages": [_message(calendar, *row) for row in _MESSAGES],
        "attachments": [_attachment(calendar, *row) for row in _ATTACHMENTS],
        "service-requests": [_request(calendar, *row) for row in _REQUESTS],
    }


def _message(
    calendar: Calendar, key: int, kind: str, about: str, direction: str, author: str, minutes: int, body: str
) -> Record:
    return {
        "external_id": f"msg_{key}",
        "updated_at": calendar.ago(minutes=minutes),
        "deleted": False,
        "thread": {"kind": kind, "id": about},
        "direction": direction,
        "author": author,
        "body": body,
        "attachments": [],
        "sent_at": calendar.ago(minutes=minutes),
    }


def _attachment(
    calendar: Calendar,
    key: int,
    subject: str,
    subject_id: str,
    location: int,
    kind: str,
    name: str,
    file: str,
    days: int,
    expires_in: int | None,
    visible: bool,
) -> Record:
    return {
        "external_id": f"att_{key}",
        "updated_at": calendar.stamp(days=days, minutes=520 + key % 60),
        "deleted": False,
        "subject": {"kind": subject, "id": subject_id},
        "location_id": f"loc_{location}",
        "kind": kind,
        "name": name,
        "mime": "image/png" if file.endswith(".png") else "application/pdf",
        "size": files.size(file),
        "url": f"@crm/files/{file}",
        "expires_on": None if expires_in is None else calendar.date(expires_in),
        "visible_to_customer": visible,
    }


def _request(
    calendar: Calendar,
    key: int,
    customer: int,
    location: int,
    job: str | None,
    kind: str,
    status: str,
    days: int,
    title: str,
    description: str,
) -> Record:
    return {
        "external_id": f"req_{key}",
        "updated_at": calendar.stamp(days=days, minutes=200 + key % 60),
        "deleted": False,
        "customer_id": f"cus_{customer}",
        "location_id": f"loc_{location}",
        "kind": kind,
        "status": status,
        "job_id": job,
        "title": title,
        "description": description,
    }
