"""Every page of the office meets the floors: axe, weight, layout shift, first frame, fit, targets, Tab."""

import pytest

from tests.browser.conftest import Visit
from tests.browser.floors import meets_every_floor
from tests.browser.test_axe import WHO
from tests.browser.visitor import PHONE
from tests.site import OFFICE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.mark.parametrize("path", [path for path, who in WHO.items() if who == OFFICE])
def test_floors(visit: Visit, path: str):
    meets_every_floor(visit(size=PHONE, scheme="dark", email=WHO[path]), path, WHO[path])
