"""Opening hours and terms: what may be stored, and who reads it."""

from dataclasses import replace

import pytest

from portal_app import database
from portal_app.errors import NotAllowed, NotFound
from portal_app.services import business, content
from portal_app.services.actors import Customer, Staff, System, Visitor
from portal_app.services.content import ContentForm
from portal_app.services.form_fields import FormRefused
from portal_app.services.rights import Permission
from tests.services import people

OFFICE = System("test")
READER = Customer(1, 1, 1, 1, "Sarah", frozenset())


@pytest.fixture(autouse=True)
def _business(database_file) -> None:
    people.make_business()
    business.forget_look()


def save(**fields: str) -> None:
    with database.transaction() as session:
        content.save(session, OFFICE, ContentForm(**fields), content.get(session, OFFICE))
    business.forget_look()


def stored() -> ContentForm:
    with database.reading() as session:
        return content.get(session, OFFICE)


def test_it_works():
    assert business.look().terms_address == ""
    save(hours=" Mon to Fri\r\n8 to 5\u200b ", terms_url=" https://www.bell.example/terms?a=1 ")
    assert stored() == ContentForm("Mon to Fri\n8 to 5", "https://www.bell.example/terms?a=1", "")
    assert business.look().terms_address == "https://www.bell.example/terms?a=1"
    assert business.look().hours == "Mon to Fri\n8 to 5"
    save(terms="# All\r\n\r\n**ours**", terms_url="https://www.bell.example/terms")
    assert business.look().terms_address == "/terms"
    with database.reading() as session:
        assert content.terms_html(session, READER) == "<h2>All</h2>\n<p><strong>ours</strong></p>"
    assert people.kinds(lambda kind: kind == "business.changed") == ["business.changed"] * 2
    save(terms="# All\n\n**ours**", terms_url="https://www.bell.example/terms")
    assert people.kinds(lambda kind: kind == "business.changed") == ["business.changed"] * 2


@pytest.mark.parametrize(
    "address",
    [
        "http://bell.example/terms",
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "//evil.example",
        "/terms",
        "bell.example",
        "https://",
        "https://bell",
        "https://bell.example@evil.example/",
        "https://bell.example\\@evil.example/",
        "https://bell.example/a b",
        'https://bell.example/"onclick="x',
        "https://bell.example:port/",
        "https://[::1/",
        "https://bell.example/\x00",
        "https://bell.example/\u202etxt",
        "data:text/html,x",
        "https://bell.example/" + "x" * 500,
    ],
)
def test_an_address_that_is_none_is_refused(address: str):
    with pytest.raises(FormRefused) as refusal:
        save(hours="Always", terms_url=address)
    assert set(refusal.value.fields) == {"terms_url"}
    assert stored() == ContentForm()


def test_what_is_too_long_is_refused():
    with pytest.raises(FormRefused) as refusal:
        save(hours="x" * 301, terms="y" * 20_001)
    assert set(refusal.value.fields) == {"hours", "terms"}
    assert stored() == ContentForm()


def test_what_somebody_else_has_saved_meanwhile_stays():
    save(hours="8 to 5", terms="Ours.")
    loaded = stored()
    save(hours="9 to 4", terms="Ours.")
    with database.transaction() as session:
        content.save(session, OFFICE, ContentForm("8 to 5", "", "All ours."), loaded)
    assert stored() == ContentForm("9 to 4", "", "All ours.")


def test_what_two_have_changed_is_said_and_stored_when_saved_again():
    save(hours="8 to 5", terms="Ours.")
    loaded = stored()
    save(hours="9 to 4", terms="x" * 300)
    mine = ContentForm("10 to 3", "https://bell.example/terms", "All ours.")
    with pytest.raises(FormRefused) as refusal, database.transaction() as session:
        content.save(session, OFFICE, mine, loaded)
    assert refusal.value.fields["hours"].startswith("Somebody else has changed this meanwhile to “9 to 4”;")
    assert f"“{'x' * 200}…”" in refusal.value.fields["terms"]
    assert stored() == ContentForm("9 to 4", "", "x" * 300)
    with database.transaction() as session:
        content.save(session, OFFICE, mine, replace(loaded, **refusal.value.stored))
    assert stored() == mine


def test_what_somebody_else_has_emptied_is_said():
    save(hours="8 to 5")
    loaded = stored()
    save()
    with pytest.raises(FormRefused, match="marked below") as refusal, database.transaction() as session:
        content.save(session, OFFICE, ContentForm("9 to 4"), loaded)
    assert refusal.value.fields["hours"].startswith("Somebody else has emptied this meanwhile;")
    with database.transaction() as session:
        content.save(session, OFFICE, ContentForm(), loaded)
    assert stored() == ContentForm()


def test_terms_that_stand_elsewhere_are_no_page():
    save(terms_url="https://www.bell.example/terms")
    with database.reading() as session, pytest.raises(NotFound):
        content.terms_html(session, READER)


def test_who_may():
    save(terms="Ours.")
    clerk = Staff(1, 1, 1, "Clerk", "office", frozenset(Permission) - {Permission.CHANGE_SETTINGS})
    with database.transaction() as session:
        for actor in (Visitor(), clerk):
            with pytest.raises(NotAllowed):
                content.terms_html(session, actor)
        for actor in (Visitor(), clerk, READER):
            with pytest.raises(NotAllowed):
                content.get(session, actor)
            with pytest.raises(NotAllowed):
                content.save(session, actor, ContentForm(), ContentForm())
    assert stored().terms == "Ours."


@pytest.mark.parametrize("typed", ["Mon–Fri\u00a08:00–17:00", "8:00\u202fAM", "👨\u200d👩\u200d👧"])
def test_spaces_of_any_kind_and_joined_signs_stay(typed: str):
    assert content.tidy_lines(f" {typed}\0\u202e\n") == typed
