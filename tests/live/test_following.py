"""An open page follows the CRM by itself, and asks it at once when what it shows has grown old."""

import pytest

from tests.site import CUSTOMER, running_site
from tests.socket_client import Tab, cookie_header

pytestmark = pytest.mark.timeout(240)
SARAHS_VISIT = "select external_id from visit where customer_id = ? and status in ('on_the_way', 'in_progress')"


def sarahs_customer(site) -> int:
    with site.portal.rows() as database:
        found = database.execute(
            "select customer_id from contact where email = ? and login_id is not null", (CUSTOMER,)
        )
        return found.fetchone()[0]


def visit_under_way(site) -> str:
    with site.portal.rows() as database:
        return database.execute(SARAHS_VISIT, (sarahs_customer(site),)).fetchone()[0]


async def test_a_visit_that_moves_in_the_crm_moves_on_the_open_page(site):
    visit = visit_under_way(site)
    async with Tab(site.url, cookie_header(site.portal.sign_in(CUSTOMER))) as tab:
        await tab.until(lambda tab: tab.value("loaded"))
        try:
            site.crm.patch("visits", visit, status="in_progress")
            await tab.until(lambda tab: "is here" in tab.value("home")["card"]["headline"])
            site.crm.patch("visits", visit, status="completed")
            await tab.until(lambda tab: "done" in tab.value("home")["card"]["headline"].lower())
        finally:
            undone = {"status": "on_the_way", "started_at": None, "completed_at": None}
            site.crm.patch("visits", visit, **undone)
            await tab.until(lambda tab: "on the way" in tab.value("home")["card"]["headline"])


async def test_somebody_elses_change_is_not_sent(site):
    visit = visit_under_way(site)
    with site.portal.rows() as database:
        other = database.execute(
            "select external_id from visit where customer_id != ? and status = 'scheduled'", (sarahs_customer(site),)
        ).fetchone()[0]
    async with Tab(site.url, cookie_header(site.portal.sign_in(CUSTOMER))) as tab:
        await tab.until(lambda tab: tab.value("loaded"))
        before = len(tab.received)
        site.crm.patch("visits", other, status_reason="Somebody else's business")
        site.crm.patch("visits", visit, status_reason="Ours")
        await tab.until(lambda tab: len(tab.received) > before)
        await tab.settled()
        assert "Somebody else" not in tab.text


async def test_opening_todays_visit_fetches_it_when_it_is_old(tmp_path):
    with running_site(tmp_path, PORTAL_CRM_POLL_SECONDS="3600") as slow:
        visit = visit_under_way(slow)
        slow.crm.patch("visits", visit, status="in_progress")
        with slow.portal.rows() as database:
            database.execute(
                "update crm_connection set last_success_at = '2026-01-01 00:00:00', "
                "last_pass_started_at = '2026-01-01 00:00:00', poll_requested_at = null"
            )
        async with Tab(slow.url, cookie_header(slow.portal.sign_in(CUSTOMER))) as tab:
            await tab.until(
                lambda tab: "is here" in (tab.value("home") or {"card": {"headline": ""}})["card"]["headline"]
            )
