from portal_app.gate.sockets import clean_event
from tests.hostile.handlers import HOME_LOAD


def test_no_text_of_an_event_holds_nul():
    """PostgreSQL takes it in no text, and an event with it would end in an error page there."""
    sent = {"text": "a\0b", "many": ["\0", {"c\0": "d\0"}], "count": 1, "none": None}
    page = {"pathname": "/jobs", "asPath": "/jobs?property=\0", "query": {"property": "\0", "show": "all"}}
    event = clean_event({"name": HOME_LOAD, "payload": sent, "router_data": page})
    assert event is not None
    assert event["payload"] == {"text": "ab", "many": ["", {"c": "d"}], "count": 1, "none": None}
    assert event["router_data"] == {"pathname": "/jobs", "asPath": "/", "query": {"show": "all"}}
