from portal_app import database
from portal_app.services import activity
from portal_app.services.actors import Origin, System, Visitor


def test_a_fact_is_read_back_in_order(database_file):
    with database.transaction() as session:
        activity.record(session, System("crm_poll"), "visit.changed", facts={"was": "scheduled"})
        activity.record(session, Visitor(Origin("192.0.2.7", "phone")), "login.refused")
    with database.reading() as session:
        events = activity.since(session, 0)
        assert [event.kind for event in events] == ["visit.changed", "login.refused"]
        assert activity.newest_id(session) == events[-1].id
