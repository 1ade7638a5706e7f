"""Stripe's news: how soon the webhook answers while fifty come in a second."""

import asyncio
import json
import time
from typing import Any

import httpx
import stripe as sdk

from bench.processes import PREPARE, inside, serving
from bench.report import Row, milliseconds, percentile, times
from bench.stage import Stage
from portal_app import routes
from portal_app.commands.processes import ROOT, say
from portal_app.demo.stripe.board import DEMO_KEY, DEMO_WEBHOOK_SECRET
from tests.running import RunningPortal, free_port

GOAL_SECONDS = 0.100
A_SECOND = 50
WARM_UP = 10
BOOKED_SECONDS = 300


def measure(stage: Stage) -> list[Row]:
    """Tell the portal of payments that Stripe knows to be paid, and of as many that are nothing of ours."""
    folder, port, count = stage.folder / "webhooks", free_port(), stage.sizes.webhooks
    file = folder / "stripe.json"
    keys = {"STRIPE_SECRET_KEY": DEMO_KEY, "STRIPE_WEBHOOK_SECRET": DEMO_WEBHOOK_SECRET}
    portal = RunningPortal(folder, PORTAL_DEMO="yes", STRIPE_API_BASE=f"http://127.0.0.1:{port}", **keys)
    portal.python(PREPARE)
    say("  writing payments …")
    told = inside("paid_pages", str(count + WARM_UP), str(file), env=portal.environment)
    words = ("--database", str(file), "--port")
    stripe = serving(
        "portal_app.demo.stripe", *words, port=port, log=folder / "stripe.log", cwd=ROOT, env=portal.environment
    )
    with stripe, portal:
        say("  sending news …")
        others = asyncio.run(_send(portal.url, [_of_nobody(one["event"]) for one in told]))
        whole = asyncio.run(_send(portal.url, [one["event"] for one in told]))
        booked = _until_booked(portal, len(told))
    slow, least = percentile(whole, 0.95), percentile(others, 0.95)
    return [
        Row(
            f"Stripe's news, {A_SECOND} a second, 95 %",
            f"≤ {milliseconds(GOAL_SECONDS)}",
            f"{milliseconds(slow)} (half within {milliseconds(percentile(whole, 0.5))})",
            f"{milliseconds(least)} news of nothing of ours",
            times(slow, least),
            slow <= GOAL_SECONDS,
            f"{count} signed events at {A_SECOND} a second, each of another payment: from sending it until the answer, "
            "what the local Stripe takes for its own included. The first are dealt with before they are answered: the "
            "portal asks Stripe for the page and the payment, books it, numbers its receipt and puts the mail and the "
            "CRM's command into the outbox. What comes while it is at that is kept, answered, and dealt with behind: "
            f"all were booked {booked:.1f} s after the last was answered. The floor is as many events that are about "
            "nothing of ours at the same pace: the signature is checked and the event is kept.",
        )
    ]


def _of_nobody(event: dict[str, Any]) -> dict[str, Any]:
    thing = {**event["data"]["object"], "id": f"pi_none_{event['id']}", "metadata": {}}
    return {**event, "id": f"{event['id']}_none", "data": {"object": thing}}


async def _send(url: str, events: list[dict[str, Any]]) -> list[float]:
    """Send events at their pace, whether or not earlier ones are answered, after some that do not count.

    Returns the seconds of each that counts.
    """
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60, limits=limits) as client:
        for event in events[:WARM_UP]:
            await _once(client, event)
        sending = []
        began = time.perf_counter()
        for number, event in enumerate(events[WARM_UP:]):
            await asyncio.sleep(max(0.0, began + number / A_SECOND - time.perf_counter()))
            sending.append(asyncio.create_task(_once(client, event)))
        return await asyncio.gather(*sending)


async def _once(client: httpx.AsyncClient, event: dict[str, Any]) -> float:
    body = json.dumps(event)
    signature = sdk.WebhookSignature.generate_signature_header(body, DEMO_WEBHOOK_SECRET, int(time.time()))
    began = time.perf_counter()
    answer = await client.post(routes.STRIPE_WEBHOOK, content=body, headers={"stripe-signature": signature})
    if answer.status_code != 200:
        raise RuntimeError(f"An event was answered by {answer.status_code}: {answer.text[:200]}")
    return time.perf_counter() - began


def _until_booked(portal: RunningPortal, count: int) -> float:
    """Wait until all payments are booked; returns the seconds it took. RuntimeError when some never are."""
    began = time.monotonic()
    while (booked := _booked(portal)) != count:
        if booked > count or time.monotonic() - began > BOOKED_SECONDS:
            raise RuntimeError(f"Of {count} payments {booked} were booked.")
        time.sleep(0.1)
    return time.monotonic() - began


def _booked(portal: RunningPortal) -> int:
    with portal.rows() as rows:
        return rows.execute("select count(*) from payment where status = 'succeeded'").fetchone()[0]
