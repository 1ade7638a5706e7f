"""The office's page: plain forms, nobody else's, and nothing from a record ever becomes markup."""

import re
from collections.abc import Iterator
from html import unescape

import httpx
import pytest

from tests.demo.running import RunningCrm

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def crm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCrm]:
    with RunningCrm(tmp_path_factory.mktemp("crm")) as running:
        yield running


@pytest.fixture
def browser(crm: RunningCrm) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=crm.url, headers={"Origin": crm.url}, trust_env=False) as client:
        yield client


def visit(crm: RunningCrm, key: str = "vis_4102") -> dict[str, object]:
    return crm.client.get(f"/v1/visits/{key}").json()


def test_it_works(crm: RunningCrm, browser: httpx.Client) -> None:
    page = browser.get("/")
    assert page.status_code == 200
    assert "Sarah Whitcombe" in page.text
    assert 'id="vis_4102"' in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "<script" not in page.text
    assert " style=" not in page.text
    assert browser.get("/page.css").headers["content-type"].startswith("text/css")


def test_a_visit_is_moved_along(crm: RunningCrm, browser: httpx.Client) -> None:
    for status, stamp in (
        ("scheduled", None),
        ("on_the_way", "on_the_way_at"),
        ("in_progress", "started_at"),
        ("on_hold", "on_hold_at"),
        ("in_progress", "started_at"),
        ("completed", "completed_at"),
        ("canceled", "canceled_at"),
    ):
        answer = browser.post("/visits/vis_4102/move", data={"status": status})
        assert (answer.status_code, answer.headers["location"]) == (303, "/#vis_4102")
        moved = visit(crm)
        assert moved["status"] == status
        assert stamp is None or moved[stamp]
        assert (moved["eta_at"] is None) == (status == "scheduled")
    browser.post("/visits/vis_4102/move", data={"status": "scheduled"})


def test_window_arrival_technician_and_news_are_changed(crm: RunningCrm, browser: httpx.Client) -> None:
    form = {
        "window_start": "2026-07-01T10:00",
        "window_end": "2026-07-01T12:00",
        "eta_at": "2026-07-01T11:10",
        "technician": "tec_2",
        "update": f"Traffic {HOSTILE}",
    }
    assert browser.post("/visits/vis_4105/change", data=form).status_code == 303
    changed = visit(crm, "vis_4105")
    assert changed["window_start"] == "2026-07-01T09:00:00.000000Z"
    assert changed["eta_at"] == "2026-07-01T10:10:00.000000Z"
    assert changed["eta_told_at"]
    assert changed["technician_ids"] == ["tec_2"]
    news = changed["travel_updates"]
    assert isinstance(news, list)
    assert news[-1]["text"] == f"Traffic {HOSTILE}"
    again = browser.post("/visits/vis_4105/change", data=form | {"update": ""})
    assert again.status_code == 303
    assert visit(crm, "vis_4105") == changed


def test_saving_the_form_as_it_is_changes_nothing(crm: RunningCrm, browser: httpx.Client) -> None:
    before = visit(crm, "vis_4103")
    card = browser.get("/").text.split('id="vis_4103"')[1].split("</article>")[0]
    fields = dict(re.findall(r'name="(window_start|window_end|eta_at)" value="([^"]*)"', card))
    chosen = re.search(r'<option value="([^"]+)" selected', card)
    assert chosen is not None
    browser.post("/visits/vis_4103/change", data=fields | {"technician": chosen[1], "update": ""})
    assert visit(crm, "vis_4103") == before


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/visits/vis_4105/move", {"status": "teleported"}, 400),
        ("/visits/vis_4105/move", {}, 400),
        ("/visits/nobody/move", {"status": "completed"}, 404),
        ("/visits/vis_4105/change", {"window_start": "noon", "window_end": ""}, 400),
        ("/visits/vis_4105/change", {"window_start": "2026-07-01T10:00", "window_end": "2026-07-01T09:00"}, 400),
        ("/visits/vis_4105/change", {"window_start": "2026-07-01T10:00"}, 400),
        ("/visits/vis_4105/change", {"technician": "tec_none"}, 400),
        ("/trouble", {"trouble": "meteor"}, 400),
    ],
)
def test_a_wrong_form_changes_nothing(
    crm: RunningCrm, browser: httpx.Client, path: str, form: dict[str, str], status: int
) -> None:
    before = visit(crm, "vis_4105")
    assert browser.post(path, data=form).status_code == status
    assert visit(crm, "vis_4105") == before


def test_a_foreign_page_cannot_post(crm: RunningCrm) -> None:
    for headers in (
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    ):
        answer = httpx.post(
            f"{crm.url}/visits/vis_4102/move", data={"status": "canceled"}, headers=headers, trust_env=False
        )
        assert answer.status_code == 403, headers
    assert visit(crm)["status"] != "canceled"


def test_a_name_that_is_not_loopback_is_refused(crm: RunningCrm) -> None:
    for path in ("/", "/received", "/trouble", "/records/visits/vis_4102"):
        assert httpx.get(crm.url + path, headers={"Host": "rebind.example"}, trust_env=False).status_code == 403


def test_records_are_escaped(crm: RunningCrm, browser: httpx.Client) -> None:
    crm.post("visits", external_id=HOSTILE, status=HOSTILE, job_id="job_h", customer_id="cus_h", technician_ids=[7])
    crm.post("jobs", external_id="job_h", title=HOSTILE)
    crm.post("customers", external_id="cus_h", name=HOSTILE)
    crm.post("visits", external_id="vis_odd", status=5, window_start=7, location_id=[], technician_ids="x")
    note = {"customer_id": "cus_h", "body": HOSTILE}
    crm.client.put("/v1/booking-notes/hostile", json=note).raise_for_status()
    for path in ("/", "/received", "/records/jobs/job_h"):
        page = browser.get(path)
        assert page.status_code == 200
        assert "<script" not in page.text
        assert "<img" not in page.text
        assert HOSTILE in unescape(page.text).replace('\\"', '"')


def test_what_the_portal_sent_is_shown(crm: RunningCrm, browser: httpx.Client) -> None:
    note = {"customer_id": "cus_1001", "location_id": "loc_2001", "body": "Mind the step."}
    for _ in range(3):
        crm.client.put("/v1/booking-notes/shown", json=note).raise_for_status()
    page = browser.get("/received").text
    assert "Mind the step." in page
    assert "Came 3 times, done once." in page
    assert "Mind the step." in browser.get("/").text


def test_trouble_is_made_and_ended(crm: RunningCrm, browser: httpx.Client) -> None:
    assert browser.post("/trouble", data={"trouble": "failing"}).status_code == 303
    assert crm.client.get("/v1/visits").status_code == 500
    assert "500" in browser.get("/trouble").text
    browser.post("/trouble", data={"trouble": "none"})
    assert crm.client.get("/v1/visits").status_code == 200
