"""What a control says that it is described by is on its page."""

import re
from itertools import chain

import pytest

from portal_app.components.forms import field, password_input, text_input
from portal_app.pages import PAGES
from tests.reflex_app import the_app


@pytest.fixture(autouse=True)
def app() -> None:
    the_app()


def ids_named(code: str) -> set[str]:
    """Return the ids by which controls in a page's code say that they are described, without those made of data."""
    return set(chain.from_iterable(names.split() for names in re.findall(r'"aria-describedby":"([^"]+)"', code)))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.route)
def test_every_id_that_a_control_names_is_there(page):
    code = str(page.component())
    assert ids_named(code) - set(re.findall(r'(?<![\w-])id:"([^"]+)"', code)) == set()


@pytest.mark.parametrize("control", [text_input, password_input])
def test_a_field_names_its_hint_alone_where_it_has_nothing_else(control):
    assert ids_named(str(field("Name", control("n", described=True), control_id="n", hint="In full."))) == {"n-hint"}
    assert ids_named(str(field("Name", control("n", described=True), control_id="n"))) == set()
    assert ids_named(str(field("Name", control("n"), control_id="n", hint="In full."))) == set()
