"""Settings, Content through the gate: tried, saved, refused, put in order."""

import pytest

from portal_app import database
from portal_app.models import Business, Faq
from portal_app.pages.office.settings_content.page import settings_content_page
from portal_app.pages.office.settings_content.questions_state import QuestionsState
from portal_app.pages.office.settings_content.words_state import WordsState
from portal_app.services import business
from portal_app.services.content import LONGEST_HOURS, LONGEST_TERMS
from portal_app.services.faqs import LONGEST_ANSWER
from portal_app.services.rights import StaffRole
from tests.pages import office
from tests.pages.tab import open_tab, tabs
from tests.services import people

GOOD = {"hours": "Always", "terms_url": "https://b.example/terms", "terms": "# Ours"}


@pytest.fixture(autouse=True)
def _business(database_file) -> None:
    people.make_business()
    business.forget_look()


def stored() -> dict[str, str]:
    about = office.row(Business, 1)
    return {name: getattr(about, name) for name in GOOD}


def questions() -> list[str]:
    return [faq.question for faq in sorted(office.kept(Faq), key=lambda faq: faq.position)]


async def test_hours_and_terms():
    async with open_tab(office.cookie()) as tab:
        await tab.call(WordsState.load)
        await tab.call(WordsState.try_terms, typed="**b** <b>x</b>")
        assert tab.values["words_state.preview"] == "<p><strong>b</strong> &lt;b&gt;x&lt;/b&gt;</p>"
        await tab.call(WordsState.try_hours, typed="Monday to Friday\r\n\n8 to 5\x00")
        assert tab.values["words_state.hours"] == ["Monday to Friday", "", "8 to 5"]
        assert stored() == dict.fromkeys(GOOD, "")
        await tab.call(WordsState.save, form=office.form(**GOOD))
        assert tab.values["words_state.message"].startswith("Saved.")
        assert stored() == GOOD
        assert business.look().terms_address == "/terms"
        assert tab.failures == []


async def test_two_who_have_it_open_do_not_undo_each_other():
    token = office.cookie()
    async with tabs() as browser:
        ann, bob = browser.open(token), browser.open(token)
        await ann.call(WordsState.load)
        await bob.call(WordsState.load)
        await bob.call(WordsState.save, form=office.form(hours="9 to 4", terms_url="", terms=""))
        await ann.call(WordsState.save, form=office.form(hours="", terms_url="", terms="Ours"))
        assert stored() == {"hours": "9 to 4", "terms_url": "", "terms": "Ours"}
        assert ann.values["words_state.draft"].hours == "9 to 4"
        await bob.call(WordsState.save, form=office.form(hours="9 to 4", terms_url="", terms="Mine"))
        assert "to “Ours”" in bob.values["words_state.wrong"].terms
        assert stored()["terms"] == "Ours"
        await bob.call(WordsState.save, form=office.form(hours="9 to 4", terms_url="", terms="Mine"))
        assert stored()["terms"] == "Mine"
        assert (ann.failures, bob.failures) == ([], [])


async def test_what_cannot_be_used_is_said_at_its_field_and_nothing_is_stored():
    async with open_tab(office.cookie()) as tab:
        await tab.call(WordsState.load)
        await tab.call(WordsState.save, form=office.form(**GOOD | {"terms_url": "javascript:alert(1)"}))
        assert "no address" in tab.values["words_state.wrong"].terms_url
        assert tab.values["words_state.failed"] is True
        await tab.call(WordsState.save, form=office.form(**GOOD | {"terms": "x" * 20_001}))
        assert "too long" in tab.values["words_state.wrong"].terms
        assert tab.failures == []
    assert set(stored().values()) == {""}


async def test_long_terms_fit():
    async with open_tab(office.cookie()) as tab:
        await tab.call(WordsState.load)
        await tab.call(WordsState.save, form=office.form(**GOOD | {"terms": "é " * 9_999 + "."}))
        assert tab.values["words_state.message"].startswith("Saved.")


async def test_questions_are_added_changed_moved_hidden_and_removed():
    async with open_tab(office.cookie()) as tab:
        await tab.call(QuestionsState.load)
        for question in ("One?", "Two?"):
            await tab.call(QuestionsState.edit, question="new")
            await tab.call(QuestionsState.try_answer, typed="*yes*")
            assert tab.values["questions_state.preview"] == "<p><em>yes</em></p>"
            await tab.call(QuestionsState.save, form=office.form(question=question, answer="*yes*"))
            assert tab.values["questions_state.editing"].id == ""
        rows = tab.values["questions_state.rows"]
        assert [(row.question, row.first, row.last) for row in rows] == [("One?", True, False), ("Two?", False, True)]
        one, two = (row.id for row in rows)
        await tab.call(QuestionsState.move, question=two, up=True)
        assert questions() == ["Two?", "One?"]
        await tab.call(QuestionsState.edit, question=one)
        assert tab.values["questions_state.editing"].answer == "*yes*"
        await tab.call(QuestionsState.save, form=office.form(question="One, again?", answer="no"))
        assert questions() == ["Two?", "One, again?"]
        await tab.call(QuestionsState.show, question=two, on=False)
        assert [row.shown for row in tab.values["questions_state.rows"]] == [False, True]
        await tab.call(QuestionsState.remove, question=two)
        assert questions() == ["One, again?"]
        await tab.call(QuestionsState.remove, question=two)
        assert "no longer there" in tab.values["questions_state.failed"]
        assert tab.failures == []


async def test_a_question_that_cannot_be_used_stays_open_with_what_was_typed():
    async with open_tab(office.cookie()) as tab:
        await tab.call(QuestionsState.load)
        await tab.call(QuestionsState.save, form=office.form(question="Nothing is open", answer="a"))
        await tab.call(QuestionsState.edit, question="nothing")
        assert questions() == []
        await tab.call(QuestionsState.edit, question="new")
        await tab.call(QuestionsState.save, form=office.form(question="One?", answer=" "))
        editing = tab.values["questions_state.editing"]
        assert (editing.id, editing.question, editing.wrong_answer) == ("new", "One?", "The answer is missing.")
        await tab.call(QuestionsState.close)
        assert tab.values["questions_state.editing"].id == ""
        assert tab.failures == []
    assert questions() == []


@pytest.mark.parametrize("role", [role for role in StaffRole if role is not StaffRole.OWNER])
async def test_only_those_who_may_change_settings(role: StaffRole):
    with database.transaction() as session:
        faq = Faq(position=1, question="One?", answer="a")
        session.add(faq)
        session.flush()
        one = faq.public_id
    calls = (
        (WordsState.load, {}),
        (WordsState.try_terms, {"typed": "x"}),
        (WordsState.try_hours, {"typed": "x"}),
        (WordsState.save, {"form": office.form(**GOOD)}),
        (QuestionsState.load, {}),
        (QuestionsState.edit, {"question": one}),
        (QuestionsState.close, {}),
        (QuestionsState.try_answer, {"typed": "x"}),
        (QuestionsState.save, {"form": office.form(question="Q?", answer="a")}),
        (QuestionsState.move, {"question": one, "up": True}),
        (QuestionsState.show, {"question": one, "on": False}),
        (QuestionsState.remove, {"question": one}),
    )
    async with open_tab(office.cookie(role)) as tab:
        for handler, payload in calls:
            await tab.call(handler, **payload)
        assert len(tab.redirects) == len(calls)
        assert not any(name.startswith(("words_state", "questions_state")) for name in tab.values)
    assert (questions(), set(stored().values())) == (["One?"], {""})


def test_a_browser_lets_more_through_than_fits_so_that_it_can_be_told():
    page = str(settings_content_page())
    for longest in (LONGEST_HOURS, LONGEST_TERMS, LONGEST_ANSWER):
        assert f"maxLength:{longest}," not in page
    assert f"maxLength:{LONGEST_TERMS + 5000}" in page
