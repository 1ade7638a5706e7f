"""page.js alone: what it does before the app is there, and that it never shows what an address says."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
SCRIPT = (Path(__file__).resolve().parents[2] / "assets" / "page.js").read_text()
ADDRESS = "http://portal.test/login"
Shown = Callable[..., Page]


@pytest.fixture
def shown(chromium: Browser) -> Iterator[Shown]:
    """Show a body with the script in the head, at an address that is answered right here."""
    context = chromium.new_context(locale="de-DE")

    def show(body: str, query: str = "") -> Page:
        page = context.new_page()
        html = f"<!doctype html><html lang='en'><head><script>{SCRIPT}</script></head><body>{body}</body></html>"
        page.route("**/*", lambda route: route.fulfill(body=html, content_type="text/html"))
        page.goto(ADDRESS + query)
        return page

    yield show
    context.close()


def ago(**span: float) -> str:
    return (datetime.now(UTC) - timedelta(**span)).isoformat(timespec="seconds")


@pytest.mark.parametrize(
    ("span", "least", "words"),
    [
        ({"seconds": 1}, 0, ", just now"),
        ({"minutes": 3, "seconds": 20}, 0, ", 3 minutes ago"),
        ({"hours": 2, "minutes": 58}, 0, ", 2 hours ago"),
        ({"days": 40}, 0, ", 40 days ago"),
        ({"minutes": -10}, 0, ", just now"),
        ({"minutes": -10}, 150, ""),
        ({"minutes": 2}, 150, ""),
        ({"minutes": 3}, 150, ", 3 minutes ago"),
    ],
)
def test_an_age_is_said_in_the_pages_language(shown: Shown, span: dict[str, int], least: int, words: str):
    page = shown(f"<p>As of <span id='age' data-age='{ago(**span)}' data-age-from='{least}'></span></p>")
    expect(page.locator("#age")).to_have_text(words)


@pytest.mark.parametrize("moment", ["", "yesterday", "9999999-01-01"])
def test_what_is_no_moment_has_no_age(shown: Shown, moment: str):
    page = shown(f"<span id='age' data-age='{moment}'></span><span id='other' data-age='{ago(hours=1)}'></span>")
    expect(page.locator("#other")).to_have_text(", 1 hour ago")
    expect(page.locator("#age")).to_have_text("")


def test_an_age_ticks_and_follows_a_new_moment(shown: Shown):
    page = shown(f"<span id='age' data-age='{ago(seconds=7)}'></span>")
    first = page.locator("#age")
    expect(first).to_have_text(", 9 seconds ago")
    expect(first).to_have_text(", 10 seconds ago")
    page.evaluate(f"document.getElementById('age').dataset.age = '{ago(hours=1)}'")
    expect(first).to_have_text(", 1 hour ago")


def test_a_password_is_never_sent_as_text_and_the_way_on_goes_along(shown: Shown):
    page = shown(
        """<form action="/auth/login" method="get"><input name="next" type="hidden"><input id="word" name="word"
        type="password"><button type="button" data-reveals="word">Show</button><button>Sign in</button></form>""",
        "?next=/home%3Fa%3Db",
    )
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#word")).to_have_attribute("type", "text")
    page.evaluate("document.forms[0].addEventListener('submit', () => { sessionStorage.type = word.type })")
    page.evaluate("document.addEventListener('submit', () => { sessionStorage.type = word.type })")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/auth/login?next=%2Fhome%3Fa%3Db&word=")
    assert page.evaluate("sessionStorage.type") == "password"


@pytest.mark.parametrize("word", ["wrong", "<b>", "x y", "a" * 13, "WRONG", "", "__proto__"])
def test_only_code_words_reach_the_page(shown: Shown, word: str):
    page = shown("<p data-problem-box tabindex='-1'></p>", f"?e={word}")
    assert page.evaluate("document.documentElement.dataset.problem ?? null") == (word if word == "wrong" else None)
    assert page.evaluate("document.activeElement.tagName") == ("P" if word == "wrong" else "BODY")


def test_the_drawer_gives_the_focus_back(shown: Shown):
    page = shown("""<button data-opens="drawer">Menu</button><dialog id="drawer" style="padding: 20px">
        <button data-closes="drawer">Close</button><a href="#there">There</a></dialog>""")
    drawer = page.locator("#drawer")
    for leave in (
        lambda: page.keyboard.press("Escape"),
        lambda: page.get_by_role("button", name="Close").click(),
        lambda: page.mouse.click(2, 2),
        lambda: page.get_by_role("link", name="There").click(),
    ):
        page.get_by_role("button", name="Menu").click()
        expect(drawer).to_have_attribute("open", "")
        leave()
        expect(drawer).not_to_have_attribute("open", "")
    page.get_by_role("button", name="Menu").press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Menu")).to_be_focused()


GOES_ON = """
<script>
function go(title) {
  history.pushState({}, "", "/" + title);
  document.querySelector("main").innerHTML = "<h1>" + title + "</h1><input id='field'>";
}
</script>
<a href='#' id='stays' onclick='go("stayed"); return false'>On</a>
<main><a href='#' id='goes' onclick='go("went"); return false'>On</a></main>
"""


def test_after_a_link_inside_the_app_the_new_heading_has_the_focus(shown: Shown):
    page = shown(GOES_ON)
    page.locator("#goes").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="went")).to_be_focused()
    # Drawn anew, as when its facts arrive.
    page.evaluate("document.querySelector('main').innerHTML = '<h1>went on</h1><input id=field>'")
    expect(page.get_by_role("heading", name="went on")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#field")).to_be_focused()
    page.evaluate("document.querySelector('main').innerHTML = '<h1>later</h1>'")
    expect(page.get_by_role("heading", name="later")).to_be_visible()
    assert page.evaluate("document.activeElement === document.body")


def test_a_focus_that_is_somewhere_stays_there(shown: Shown):
    page = shown(GOES_ON)
    page.locator("#stays").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="stayed")).to_be_visible()
    expect(page.locator("#stays")).to_be_focused()


ASKS = """<section><p id="other">Other</p><p role="status" data-answers="0" data-unanswered="No answer."></p>
<button data-asks type="button" onclick="pressed()"><span class="when-ready">Pay</span>
<span class="when-busy">Opening</span></button>
<form onsubmit="event.preventDefault(); pressed()"><input name="amount">
<button data-asks type="submit"><span class="when-ready">Pay a part</span>
<span class="when-busy">Opening</span></button></form></section>
<script>presses = 0; function pressed() { presses += 1; }</script>"""


def presses(page: Page) -> int:
    return page.evaluate("presses")


@pytest.mark.parametrize("name", ["Pay Opening", "Pay a part Opening"])
def test_what_asks_says_so_at_once_and_takes_no_second_press(shown: Shown, name: str):
    page = shown(ASKS)
    button = page.get_by_role("button", name=name, exact=True)
    button.click()
    expect(button).to_have_attribute("aria-busy", "true")
    expect(page.locator("[data-asks][aria-disabled=true]")).to_have_count(2)
    expect(page.get_by_role("status")).to_have_text("Opening")
    for one in page.get_by_role("button").all():
        one.click(force=True)
    page.locator("input").press("Enter")
    assert presses(page) == 1
    page.evaluate("document.querySelector('[data-answers]').dataset.answers = '1'")
    expect(page.get_by_role("status")).to_have_text("")
    expect(page.locator("[aria-busy], [aria-disabled]")).to_have_count(0)
    page.locator("input").press("Enter")
    assert presses(page) == 2


@pytest.mark.parametrize("online", [True, False])
def test_where_no_answer_comes_that_is_said_and_it_can_be_pressed_again(shown: Shown, online: bool):
    page = shown(ASKS)
    page.context.set_offline(not online)
    button = page.get_by_role("button", name="Pay Opening", exact=True)
    button.click()
    said = page.get_by_role("status").get_by_text("No answer.")
    expect(said).to_have_count(0)
    expect(said).to_be_visible(timeout=8000 if online else 2500)
    page.locator("#other").evaluate("one => one.textContent = 'Changed'")
    expect(button).not_to_have_attribute("aria-busy", "true")
    button.click()
    expect(page.get_by_role("status")).to_have_text("Opening")
    assert presses(page) == 2


def test_a_button_that_is_drawn_away_asks_no_longer(shown: Shown):
    page = shown(ASKS)
    page.get_by_role("button", name="Pay Opening", exact=True).click()
    page.evaluate("document.querySelector('[data-asks]').remove()")
    expect(page.locator("[aria-disabled]")).to_have_count(0)


def test_the_tab_is_called_as_its_record(shown: Shown):
    page = shown("<title>Invoice</title><h1 data-title=''>Invoice</h1>")
    assert page.title() == "Invoice"
    page.evaluate("document.querySelector('h1').dataset.title = 'Invoice 2291'")
    page.wait_for_function("document.title === 'Invoice 2291'")
