"""Taking money and giving it back: https://docs.stripe.com/api/checkout/sessions, /payment_intents, /refunds."""

import re
from datetime import datetime, timedelta
from typing import Any

from portal_app.integrations.stripe.amounts import to_stripe
from portal_app.integrations.stripe.client import Connection, keyed, told
from portal_app.integrations.stripe.errors import NeedsAuthentication, RefundTooMuch, Refused
from portal_app.integrations.stripe.reading import Plain, metadata_of, read_payment, read_refund, read_session
from portal_app.integrations.stripe.values import CheckoutRequest, CheckoutSession, Payment, Refund, SetupRequest

_PAGE = 100
# How far a clock here may be ahead of Stripe's.
_CLOCKS_DIFFER = timedelta(hours=1)
# Known under every test key and under no live one: https://docs.stripe.com/testing.
TEST_CARD = "pm_card_visa"
# Of what is paid for: as much as Stripe takes for the name of a product.
_LONGEST = 250
_REFUNDS_EXPANDED = ["data.failure_balance_transaction"]
_EXPANDED = ["latest_charge.balance_transaction", "payment_method"]
# The languages of the page: https://docs.stripe.com/js/appendix/supported_locales.
_LOCALE = re.compile(
    "bg|cs|da|de|el|en|es|et|fi|fil|fr|hr|hu|id|it|ja|ko|lt|lv|ms|mt|nb|nl|pl|pt|ro|ru|sk|sl|sv|th|tr|vi|zh"
    "|en-GB|es-419|fr-CA|pt-BR|zh-HK|zh-TW"
)


class Payments(Connection):
    """Checkout sessions, charges of saved methods, payments and refunds."""

    async def create_checkout(self, wanted: CheckoutRequest) -> CheckoutSession:
        """Open a page on which exactly this amount is paid; the same attempt gives the same page again."""
        currency, marks = wanted.currency.lower(), {"attempt": wanted.attempt_id}
        intent: Plain = {"description": wanted.description[:_LONGEST], "metadata": marks}
        saved: Plain = {"allow_redisplay_filters": ["always", "limited"]}
        if wanted.save_required:
            intent["setup_future_usage"] = "off_session"
        else:
            saved["payment_method_save"] = "enabled"
        product = {"name": wanted.description[:_LONGEST]}
        price = {
            "currency": currency,
            "unit_amount": to_stripe(wanted.amount, wanted.currency),
            "product_data": product,
        }
        parameters: Plain = {
            **_page(wanted),
            "mode": "payment",
            "line_items": [{"quantity": 1, "price_data": price}],
            "payment_intent_data": intent,
            # Otherwise the payer may be shown, and charged, another currency than the invoice's.
            "adaptive_pricing": {"enabled": False},
            "submit_type": "pay",
        }
        if wanted.customer:
            parameters["saved_payment_method_options"] = saved
        if currency == "usd":
            parameters["payment_method_options"] = {"us_bank_account": {"verification_method": "automatic"}}
        with told():
            session = await self._v1.checkout.sessions.create_async(parameters, keyed(wanted.attempt_id))
        return read_session(session.to_dict())

    async def create_setup(self, wanted: SetupRequest) -> CheckoutSession:
        """Open a page on which a method is saved and nothing is paid."""
        parameters = {
            **_page(wanted),
            "mode": "setup",
            "currency": wanted.currency.lower(),
            "setup_intent_data": {"metadata": {"attempt": wanted.attempt_id}},
        }
        with told():
            session = await self._v1.checkout.sessions.create_async(parameters, keyed(wanted.attempt_id))
        return read_session(session.to_dict())

    async def checkout(self, session_id: str) -> CheckoutSession:
        """Return a page as it stands now."""
        with told():
            session = await self._v1.checkout.sessions.retrieve_async(session_id, {"expand": ["setup_intent"]})
        return read_session(session.to_dict())

    async def open_checkouts(self, customer: str) -> tuple[str, ...]:
        """Return the ids of a customer's pages that can still be finished."""
        with told():
            wanted = {"customer": customer, "status": "open", "limit": _PAGE}
            return tuple([page["id"] for page in await _everything(self._v1.checkout.sessions, wanted)])

    async def expire_checkout(self, session_id: str) -> CheckoutSession:
        """Close a page; one that is paid or expired already is returned as it is."""
        try:
            with told():
                return read_session((await self._v1.checkout.sessions.expire_async(session_id)).to_dict())
        except Refused:
            session = await self.checkout(session_id)
            if session.status == "open":
                raise
            return session

    async def charge_saved(
        self, attempt_id: str, amount: int, currency: str, customer: str, payment_method: str, description: str
    ) -> Payment:
        """Charge a saved method, payer present or not; `processing` means that the bank has still to pay.

        Raises NeedsAuthentication, Declined with a sentence for the payer, or OutcomeUnknown.
        """
        parameters = {
            "amount": to_stripe(amount, currency),
            "currency": currency.lower(),
            "customer": customer,
            "payment_method": payment_method,
            "description": description[:_LONGEST],
            "off_session": True,
            "confirm": True,
            "metadata": {"attempt": attempt_id},
            "expand": _EXPANDED,
        }
        with told():
            plain = (await self._v1.payment_intents.create_async(parameters, keyed(attempt_id))).to_dict()
        if plain["status"] == "requires_action":
            raise NeedsAuthentication(
                "Your bank wants you to confirm this payment yourself.", "authentication_required", plain["id"]
            )
        return read_payment(plain, [], [])

    async def charge_test_card(self, trial_id: str, amount: int, currency: str, description: str) -> Payment:
        """Charge Stripe's own test card, which belongs to nobody; a live key is refused here and at Stripe."""
        if self.live_mode:
            raise Refused("A test payment needs a test key.")
        parameters: Plain = {
            "amount": to_stripe(amount, currency),
            "currency": currency.lower(),
            "payment_method": TEST_CARD,
            # Ways to pay that lead away to a bank's page would need a page to come back to.
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            "description": description[:_LONGEST],
            "confirm": True,
            "expand": _EXPANDED,
        }
        with told():
            plain = (await self._v1.payment_intents.create_async(parameters, keyed(trial_id))).to_dict()
        return read_payment(plain, [], [])

    async def payment_intent(self, payment_intent_id: str, *, thorough: bool = True) -> Payment:
        """Return a payment with its method, refunds, disputes and fees, as they stand now.

        Without `thorough`, refunds and disputes are only asked for where the charge itself says that there are some:
        a refund that has failed, or a question of the bank's, may be missing then.
        """
        about = {"payment_intent": payment_intent_id, "limit": _PAGE}
        with told():
            intent = await self._v1.payment_intents.retrieve_async(payment_intent_id, {"expand": _EXPANDED})
            plain = intent.to_dict()
            # Only money that has arrived can be given or taken back.
            wanted = plain["status"] == "succeeded" and (thorough or _went_back(plain))
            refunds = await _everything(self._v1.refunds, {**about, "expand": _REFUNDS_EXPANDED}) if wanted else []
            disputes = await _everything(self._v1.disputes, about) if wanted else []
        return read_payment(plain, refunds, disputes)

    async def payment_for(self, attempt_id: str, customer: str, since: datetime) -> Payment | None:
        """Return the payment that was made for a try of a saved method's, None when Stripe never made one.

        For a try whose answer was lost; looks through what the payer has paid since, which misses nothing.
        """
        about = {"customer": customer, "created": {"gte": int((since - _CLOCKS_DIFFER).timestamp())}, "limit": _PAGE}
        with told():
            for plain in await _everything(self._v1.payment_intents, about):
                if metadata_of(plain, "attempt") == attempt_id:
                    return await self.payment_intent(plain["id"])
        return None

    async def call_off(self, payment_intent_id: str) -> None:
        """Give up a payment that waits for its payer; one that has moved on since is left as it is."""
        try:
            with told():
                await self._v1.payment_intents.cancel_async(payment_intent_id)
        except Refused as refused:
            if refused.code != "payment_intent_unexpected_state":
                raise

    async def refund(self, refund_id: str, payment_intent_id: str, amount: int, currency: str) -> Refund:
        """Give back a part or all of a payment; `refund_id` is ours and makes it happen once.

        Raises RefundTooMuch when less is left, Refused for a disputed payment.
        """
        parameters = {
            "payment_intent": payment_intent_id,
            "amount": to_stripe(amount, currency),
            "metadata": {"refund": refund_id},
        }
        try:
            with told():
                return read_refund((await self._v1.refunds.create_async(parameters, keyed(refund_id))).to_dict())
        except Refused as refused:
            raise _clear(refused) from None


def _went_back(plain: Plain) -> bool:
    charge = plain.get("latest_charge")
    return not isinstance(charge, dict) or bool(charge.get("amount_refunded") or charge.get("disputed"))


def _clear(refused: Refused) -> Refused:
    # For a partial refund that is too large Stripe has words but no code.
    if refused.code == "charge_already_refunded" or "greater than unrefunded amount" in refused.sentence:
        return RefundTooMuch("More would be given back than is left of this payment.", refused.code)
    if refused.code == "charge_disputed":
        return Refused("This payment is disputed at the payer's bank; it cannot be refunded now.", refused.code)
    return refused


def _page(wanted: CheckoutRequest | SetupRequest) -> dict[str, Any]:
    page = {
        **_payer(wanted),
        "client_reference_id": wanted.attempt_id,
        "metadata": {"attempt": wanted.attempt_id},
        "success_url": wanted.success_url,
        "cancel_url": wanted.cancel_url,
        "expires_at": int(wanted.expires_at.timestamp()),
    }
    locale = _locale(wanted.locale)
    return {**page, "locale": locale} if locale else page


def _payer(wanted: CheckoutRequest | SetupRequest) -> dict[str, str]:
    """Return who pays, as the page is told; without a customer only the address their mail goes to."""
    if wanted.customer:
        return {"customer": wanted.customer}
    email = wanted.email if isinstance(wanted, CheckoutRequest) else ""
    return {"customer_email": email} if email else {}


def _locale(wanted: str) -> str:
    """Return Stripe's word for a language, empty where it has none, so that the browser's is taken."""
    exact = wanted.replace("_", "-")
    language = exact.partition("-")[0]
    return next((one for one in (exact, language) if _LOCALE.fullmatch(one)), "")


async def _everything(service: Any, parameters: Plain) -> list[Plain]:
    first = await service.list_async(parameters)
    return [thing.to_dict() async for thing in first.auto_paging_iter()]
