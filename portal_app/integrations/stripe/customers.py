"""People at Stripe and the methods they saved: one customer for each contact."""

import hashlib

from portal_app.integrations.stripe.client import Connection, keyed, told
from portal_app.integrations.stripe.errors import NotFound, Refused
from portal_app.integrations.stripe.reading import id_of, read_saved
from portal_app.integrations.stripe.values import SavedMethod

_PAGE = 100


def _own_id(mode: str, contact_id: str, *facts: str) -> str:
    return f"customer-{mode}-{contact_id}-{hashlib.sha256(repr(facts).encode()).hexdigest()[:16]}"


class Customers(Connection):
    """Customers and saved methods."""

    async def create_customer(self, contact_id: str, email: str, name: str, instead_of: str = "") -> str:
        """Return the id of a contact's customer; asked twice within a day, it is the same one.

        Test and live customers are apart at Stripe, so the mode is part of the idempotency key; so is the id of one
        that is gone, or Stripe would name that one again; and so are name and address, which may have been put right
        since somebody asked in vain. An address that Stripe finds none is not told to it.
        """
        words = {key: value for key, value in (("email", email), ("name", name)) if value}
        own_id = _own_id("live" if self.live_mode else "test", contact_id, instead_of, *words.values())
        try:
            with told():
                parameters = {**words, "metadata": {"contact": contact_id}}
                customer = await self._v1.customers.create_async(parameters, keyed(own_id))
        except Refused as refusal:
            if refusal.code != "email_invalid" or not email:
                raise
            return await self.create_customer(contact_id, "", name, instead_of)
        return customer.id

    async def update_customer(self, customer: str, email: str, name: str) -> None:
        """Tell a customer's address and name of today; NotFound for a customer that Stripe does not know any more.

        An address that Stripe finds none is not told to it, nor that there is none: the one of before stays there.
        """
        words = {"email": email, "name": name} if email else {"name": name}
        try:
            with told():
                await self._v1.customers.update_async(customer, words)
        except Refused as refusal:
            if refusal.code != "email_invalid" or not email:
                raise
            await self.update_customer(customer, "", name)

    async def payment_methods(self, customer: str) -> tuple[SavedMethod, ...]:
        """Return what a customer has saved, newest first; NotFound for a customer of the other mode, or deleted."""
        with told():
            plain = (await self._v1.customers.retrieve_async(customer)).to_dict()
            if plain.get("deleted"):
                raise NotFound("This customer was deleted at Stripe.")
            methods = await self._v1.customers.payment_methods.list_async(customer, {"limit": _PAGE})
            default = id_of((plain.get("invoice_settings") or {}).get("default_payment_method"))
            found = [read_saved(method.to_dict(), default) async for method in methods.auto_paging_iter()]
        return tuple(found)

    async def detach(self, payment_method: str) -> None:
        """Take a saved method away for good; one that is away already is no error."""
        try:
            with told():
                await self._v1.payment_methods.detach_async(payment_method)
        except Refused:
            with told():
                method = await self._v1.payment_methods.retrieve_async(payment_method)
            if id_of(method.to_dict().get("customer")):
                raise

    async def set_default(self, customer: str, payment_method: str) -> None:
        """Make a saved method the one that is charged without asking."""
        with told():
            await self._v1.customers.update_async(
                customer, {"invoice_settings": {"default_payment_method": payment_method}}
            )
