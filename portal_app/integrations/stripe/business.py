"""The business's own side: its account, the webhook addresses, its payouts."""

from datetime import datetime
from typing import Any

import stripe

from portal_app.integrations.stripe.client import Connection, told
from portal_app.integrations.stripe.events import EVENTS
from portal_app.integrations.stripe.reading import Plain, read_payout
from portal_app.integrations.stripe.values import AccountFacts, Payout, PayoutPage, Webhook

_PAGE = 100
_PAYOUTS = 10


class Business(Connection):
    """Account facts, webhook endpoints and payouts."""

    async def account(self) -> AccountFacts:
        """Return whose key this is and which ways to pay its checkout page can offer."""
        with told():
            plain = (await self._v1.accounts.retrieve_current_async()).to_dict()
            lists = await self._v1.payment_method_configurations.list_async({"limit": _PAGE})
            configurations = [one.to_dict() async for one in lists.auto_paging_iter()]
        shown = (plain.get("settings") or {}).get("dashboard") or {}
        name = (plain.get("business_profile") or {}).get("name") or shown.get("display_name") or ""
        return AccountFacts(
            id=plain["id"],
            name=name,
            live_mode=self.live_mode,
            country=plain.get("country") or "",
            currency=(plain.get("default_currency") or "").upper(),
            charges_enabled=bool(plain.get("charges_enabled")),
            methods=_offered(configurations),
        )

    async def create_webhook(self, url: str) -> Webhook:
        """Have the events the portal acts on sent to an address; this is the only time its secret is told."""
        parameters = {
            "url": url,
            "enabled_events": list(EVENTS),
            "api_version": stripe.api_version,
            "description": "Customer portal",
        }
        with told():
            made = (await self._v1.webhook_endpoints.create_async(parameters)).to_dict()
        return _read_webhook(made)

    async def webhooks(self) -> tuple[Webhook, ...]:
        """Return all addresses that events are sent to, the portal's and others."""
        with told():
            found = await self._v1.webhook_endpoints.list_async({"limit": _PAGE})
            return tuple([_read_webhook(one.to_dict()) async for one in found.auto_paging_iter()])

    async def delete_webhook(self, webhook_id: str) -> None:
        """Have nothing sent there any more; NotFound when it is gone already."""
        with told():
            await self._v1.webhook_endpoints.delete_async(webhook_id)

    async def payouts(self, since: datetime, cursor: str | None = None) -> PayoutPage:
        """Return payouts made since a moment with their lines, newest first, ten to a page."""
        parameters: Plain = {"created": {"gte": int(since.timestamp())}, "limit": _PAYOUTS}
        if cursor:
            parameters["starting_after"] = cursor
        with told():
            page = await self._v1.payouts.list_async(parameters)
            payouts = tuple([await self._with_lines(one.to_dict()) for one in page.data])
        return PayoutPage(payouts, payouts[-1].id if page.has_more and payouts else None)

    async def payout(self, payout_id: str) -> Payout:
        """Return one payout with its lines; NotFound when this account has none of that id."""
        with told():
            return await self._with_lines((await self._v1.payouts.retrieve_async(payout_id)).to_dict())

    async def _with_lines(self, payout: Plain) -> Payout:
        # Stripe knows what is in a payout only where it made the payout by itself.
        if not payout.get("automatic"):
            return read_payout(payout, [])
        parameters = {"payout": payout["id"], "limit": _PAGE, "expand": ["data.source"]}
        lines: Any = await self._v1.balance_transactions.list_async(parameters)
        return read_payout(payout, [line.to_dict() async for line in lines.auto_paging_iter()])


def _offered(configurations: list[Plain]) -> tuple[str, ...]:
    """Return the methods that are switched on and usable in the default configuration of the account itself."""
    own = [one for one in configurations if one.get("active") and not one.get("application")]
    chosen = next((one for one in own if one.get("is_default")), own[0] if own else {})
    return tuple(
        sorted(
            name
            for name, facts in chosen.items()
            if isinstance(facts, dict)
            and facts.get("available")
            and (facts.get("display_preference") or {}).get("value") == "on"
        )
    )


def _read_webhook(plain: Plain) -> Webhook:
    return Webhook(
        plain["id"], plain["url"], plain["status"], tuple(plain["enabled_events"]), plain.get("secret") or ""
    )
