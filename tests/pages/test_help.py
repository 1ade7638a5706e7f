"""Questions, terms and the ways to them, through the gate."""

import pytest

from portal_app import database
from portal_app.components.shell_state import ShellState
from portal_app.models import Business, Faq
from portal_app.pages.help.state import HelpState
from portal_app.pages.terms.state import TermsState
from portal_app.services import business
from tests.pages import office
from tests.pages.tab import open_tab
from tests.services import people


@pytest.fixture(autouse=True)
def _business(database_file) -> None:
    people.make_business()


def write() -> None:
    with database.transaction() as session:
        session.add_all(
            [
                Faq(position=2, question="How can I pay?", answer="By **bank** <script>alert(1)</script>"),
                Faq(position=1, question="What are your hours?", answer="See below."),
                Faq(position=3, question="A secret?", answer="Hidden.", shown=False),
            ]
        )
    people.change(Business, 1, hours="Mon to Fri\n8 to 5", terms="# Ours\n\nPay us.", terms_url="https://b.example/t")
    business.forget_look()


async def test_it_works():
    write()
    async with open_tab(people.start_session(office.sarah())) as tab:
        await tab.call(ShellState.load)
        assert (tab.values["shell_state.questions"], tab.values["shell_state.terms"]) == (True, "/terms")
        await tab.call(HelpState.load)
        view = tab.values["help_state.view"]
        assert [one.question for one in view.questions] == ["What are your hours?", "How can I pay?"]
        assert view.questions[1].html == "<p>By <strong>bank</strong> &lt;script&gt;alert(1)&lt;/script&gt;</p>"
        assert (view.hours, view.none, view.count) == (["Mon to Fri", "8 to 5"], "", "")
        await tab.call(HelpState.search, typed="BANK")
        assert [one.question for one in tab.values["help_state.view"].questions] == ["How can I pay?"]
        assert tab.values["help_state.view"].count == "1 answer"
        await tab.call(HelpState.search, typed="hidden")
        assert (tab.values["help_state.view"].questions, tab.values["help_state.view"].none) == ([], "search")
        await tab.call(TermsState.load)
        assert tab.values["terms_state.html"] == "<h2>Ours</h2>\n<p>Pay us.</p>"
        assert tab.failures == []


async def test_before_anything_is_written_there_is_no_way_to_it():
    async with open_tab(people.start_session(office.sarah())) as tab:
        await tab.call(ShellState.load)
        assert tab.values.get("shell_state.questions", False) is False
        assert tab.values.get("shell_state.terms", "") == ""
        await tab.call(HelpState.load)
        assert tab.values["help_state.view"].none == "start"
        await tab.call(TermsState.load)
        assert tab.values["terms_state.trouble"].kind == "lost"


async def test_terms_may_stand_elsewhere():
    write()
    people.change(Business, 1, terms="")
    business.forget_look()
    async with open_tab(people.start_session(office.sarah())) as tab:
        await tab.call(ShellState.load)
        assert tab.values["shell_state.terms"] == "https://b.example/t"


async def test_strangers_and_the_office_are_sent_nothing():
    write()
    for cookie in ("", office.cookie()):
        async with open_tab(cookie) as tab:
            for handler, payload in ((HelpState.load, {}), (HelpState.search, {"typed": "a"}), (TermsState.load, {})):
                await tab.call(handler, **payload)
            assert len(tab.redirects) == 3
            assert not any(name.startswith(("help_state.view", "terms_state.html")) for name in tab.values)
