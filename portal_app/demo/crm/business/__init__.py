"""The demo business: Hartley Heating & Plumbing, Bath; pounds, Europe/London."""

from datetime import datetime, timedelta

from portal_app.demo.crm.business.making import Calendar
from portal_app.demo.crm.business.paper import build_paper
from portal_app.demo.crm.business.people import build_people
from portal_app.demo.crm.business.talk import build_talk
from portal_app.demo.crm.business.today import today_visits
from portal_app.demo.crm.business.work import build_work
from portal_app.demo.crm.stamps import from_stamp, read_rfc3339, to_stamp
from portal_app.demo.crm.store import Record, Store

NAME = "Hartley Heating & Plumbing"


def build(now: datetime) -> dict[str, list[Record]]:
    """Give every record of the demo business by stream, all times relative to `now`, all stamps up to it."""
    calendar = Calendar(now)
    return build_people(calendar) | build_work(calendar) | build_paper(calendar) | build_talk(calendar)


def seed(store: Store, now: datetime) -> None:
    """Put the demo business into an empty store."""
    with store.transaction():
        for stream, records in build(now).items():
            store.put_many(stream, records)


def bring_up_to_date(store: Store, now: datetime) -> None:
    """Give the visits of the day a new day once their window is long over, so that the demo is alive again."""
    for visit in today_visits(now):
        fields = store.fields("visits", visit["external_id"])
        if fields is None or not isinstance(fields.get("window_end"), str):
            continue
        if from_stamp(read_rfc3339(fields["window_end"])) > now - timedelta(hours=6):
            continue
        changed = {name: value for name, value in visit.items() if name not in ("external_id", "updated_at", "deleted")}
        store.put("visits", visit["external_id"], fields | changed, to_stamp(now))
