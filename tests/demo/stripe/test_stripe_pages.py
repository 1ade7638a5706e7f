"""The pages of the local Stripe: the payer's, and the one on which a person is bank and dashboard."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from portal_app.demo.stripe.board import DEMO_KEY
from portal_app.demo.stripe.state import State
from tests.demo.running_stripe import RunningStripe
from tests.demo.stripe.test_stripe_webhooks import a_customer, a_session
from tests.running import wait_for


@pytest.fixture
def stripe() -> Iterator[RunningStripe]:
    with RunningStripe() as running:
        yield running


def test_a_payer_pays_and_goes_back(stripe: RunningStripe) -> None:
    session = a_session(stripe)
    page = stripe.client.get(f"/c/pay/{session}").text
    assert "No real money moves" in page
    assert "£240.00" in page
    assert "Invoice INV-1042" in page
    assert "US bank" not in page
    answer = stripe.client.post(f"/c/pay/{session}", data={"choice": "card_ok", "save": "yes"})
    assert (answer.status_code, answer.headers["location"]) == (303, "http://localhost/done")
    assert "This is done" in stripe.client.get(f"/c/pay/{session}").text


def test_a_declined_payer_is_told_and_may_try_again(stripe: RunningStripe) -> None:
    session = a_session(stripe)
    answer = stripe.client.post(f"/c/pay/{session}", data={"choice": "card_declined"})
    assert answer.status_code == 402
    assert "insufficient funds" in answer.text
    assert stripe.client.post(f"/c/pay/{session}", data={"choice": "card_ok"}).status_code == 303


@pytest.mark.parametrize(("answer", "status"), [("yes", 303), ("no", 402)])
def test_the_bank_asks_whether_it_is_the_payer(stripe: RunningStripe, answer: str, status: int) -> None:
    session = a_session(stripe)
    asked = stripe.client.post(f"/c/pay/{session}", data={"choice": "card_authenticate", "save": "yes"})
    assert "Your bank asks" in asked.text
    assert stripe.state.things[session]["status"] == "open"
    done = stripe.client.post(f"/c/pay/{session}", data={"choice": "card_authenticate", "authenticated": answer})
    assert done.status_code == status


def test_saved_methods_are_offered_to_their_customer_first(stripe: RunningStripe) -> None:
    first = a_session(stripe)
    stripe.pay(first, save=True)
    customer = stripe.state.things[first]["customer"]
    again = a_session(stripe)
    assert "Saved" not in re.sub("Save for the next time", "", stripe.client.get(f"/c/pay/{again}").text)
    stripe.state.things[again]["customer"] = customer
    page = stripe.client.get(f"/c/pay/{again}").text
    method = next(stripe.state.find("payment_method", customer=customer))["id"]
    assert f'value="{method}" required checked' in page
    assert stripe.client.post(f"/c/pay/{again}", data={"choice": method}).status_code == 303


def test_nothing_unknown_is_paid(stripe: RunningStripe) -> None:
    session = a_session(stripe)
    assert stripe.client.get("/c/pay/cs_test_nobody").status_code == 404
    assert stripe.client.post(f"/c/pay/{session}", data={}).status_code == 400
    assert stripe.client.post(f"/c/pay/{session}", data={"choice": "us_bank_clears"}).status_code == 400
    someone_elses = stripe.act(f"customers/{a_customer(stripe)}/methods")["id"]
    assert stripe.client.post(f"/c/pay/{session}", data={"choice": someone_elses}).status_code == 400
    forged = stripe.client.post(
        f"/c/pay/{session}", data={"choice": "card_ok"}, headers={"sec-fetch-site": "cross-site"}
    )
    assert forged.status_code == 403
    assert stripe.state.things[session]["status"] == "open"


def test_words_from_outside_are_shown_as_words(stripe: RunningStripe) -> None:
    session = a_session(stripe)
    stripe.state.things[session]["_name"] = "<script>alert(1)</script>"
    page = stripe.client.get(f"/c/pay/{session}")
    assert "&lt;script&gt;" in page.text
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "form-action 'self' http://localhost;" in page.headers["content-security-policy"]


def test_one_can_be_the_bank_and_the_dashboard(stripe: RunningStripe) -> None:
    stripe.pay(a_session(stripe), "card_ok")
    stripe.pay(a_session(stripe), "bacs_clears")
    wanted = ["Let it clear", "Refund the rest", "Let it arrive", "Let it fail"]
    for words in wanted:
        page = stripe.client.get("/").text
        found = re.search(rf'action="([^"]+)">(?:<input[^>]*>)*<button>{words}<', page)
        assert found, words
        pressed = stripe.client.post(found[1], data={"x": "1"}, headers={"sec-fetch-mode": "navigate"})
        assert (pressed.status_code, pressed.headers["location"]) == (303, "/"), words
        if words == "Let it clear":
            stripe.act("payouts")
    page = stripe.client.get("/").text
    assert "Refund of £240.00: failed" in page
    assert "£474.28: paid" in page


def test_what_was_kept_outlives_a_restart(tmp_path: Path) -> None:
    first = State("", None, tmp_path / "new" / "stripe.json")
    customer = first.add("customer", "cus", name="Helen")
    first.answers["key-1"] = {"path": "/v1/customers", "sent": "", "status": 200, "body": {}}
    first.save()
    again = State("", None, tmp_path / "new" / "stripe.json")
    assert again.get("customer", customer["id"])["name"] == "Helen"
    assert list(again.answers) == ["key-1"]


def test_it_is_started_by_command(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "portal_app.demo.stripe", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--database", str(tmp_path / "stripe.json"), "--webhook", "http://127.0.0.1:1/"]
    )
    try:

        def answers() -> bool:
            assert process.poll() is None
            try:
                headers = {"authorization": f"Bearer {DEMO_KEY}"}
                found = httpx.get(f"http://localhost:{port}/v1/webhook_endpoints", headers=headers, trust_env=False)
            except httpx.ConnectError:
                return False
            return [one["url"] for one in found.json()["data"]] == ["http://127.0.0.1:1/"]

        wait_for(answers, "the local Stripe", 30)
    finally:
        process.terminate()
        process.wait(20)
    assert (tmp_path / "stripe.json").exists()
