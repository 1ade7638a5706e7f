"""Write so many payments that Stripe knows to be paid and the portal does not yet; print what Stripe will tell of them.

Arguments: how many, and the file in which the local Stripe keeps its state.
"""

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session

from portal_app import clock
from portal_app.database import transaction
from portal_app.demo.stripe import business, checkout
from portal_app.demo.stripe.board import DEMO_KEY, DEMO_WEBHOOK_SECRET
from portal_app.demo.stripe.state import State, Thing
from portal_app.models import AttemptPart, Contact, Customer, Invoice, PaymentAttempt
from portal_app.models.base import new_public_id
from portal_app.services.payment_settings import StripeKeys
from portal_app.services.rights import Right

_AMOUNT = 24_000


def paid_pages(count: int, file: Path) -> list[dict[str, Any]]:
    """Return for each payment its page and intent at Stripe, and the event that says it is paid."""
    stripe, mark = State("http://localhost", None, file), StripeKeys(DEMO_KEY, DEMO_WEBHOOK_SECRET, "").mark
    business.furnish(stripe)
    payer = business.create_customer(stripe, {"email": "payer@bench.example", "name": "Payer"})
    pages = []
    with transaction() as session:
        customer = Customer(name="Customer who pays", portal_access=True, external_id="bench_payer")
        session.add(customer)
        session.flush()
        # Without these the portal would shut the pages, and find them paid, while it is measured.
        may = [Right.VIEW_MONEY.value, Right.PAY.value]
        contact = Contact(customer_id=customer.id or 0, name="Payer", email="payer@bench.example", rights=may)
        session.add(contact)
        session.flush()
        for number in range(count):
            public_id = new_public_id()
            page = _page(stripe, payer["id"], public_id)
            _attempt(session, contact, number, public_id, page, mark)
            pages.append(page)
    for page in pages:
        checkout.pay(stripe, page["id"], "card_ok")
    told = {event["data"]["object"]["id"]: event for event in stripe.find("event", type="payment_intent.succeeded")}
    # Nobody asks Stripe for these again, and the fewer things it has the sooner it answers.
    for event in list(stripe.find("event")):
        del stripe.things[event["id"]]
    stripe.save()
    return [_told(page, stripe.shown(told[page["payment_intent"]])) for page in pages]


def _page(stripe: State, payer: str, public_id: str) -> Thing:
    price = {"currency": "gbp", "unit_amount": _AMOUNT, "product_data": {"name": "Invoice"}}
    marks = {"metadata": {"attempt": public_id}}
    asked = {"mode": "payment", "customer": payer, "success_url": "http://localhost/", "payment_intent_data": marks}
    return checkout.create(stripe, {**asked, **marks, "line_items": [{"quantity": 1, "price_data": price}]})


def _attempt(session: Session, contact: Contact, number: int, public_id: str, page: Thing, mark: str) -> None:
    here: dict[str, Any] = {"customer_id": contact.customer_id, "currency": "GBP"}
    invoice = Invoice(
        number=f"B-{number}",
        external_id=f"bench_inv_{number}",
        status="open",
        total_minor=_AMOUNT,
        balance_minor=_AMOUNT,
        issued_on=clock.now().date(),
        **here,
    )
    attempt = PaymentAttempt(
        public_id=public_id,
        contact_id=contact.id or 0,
        amount_minor=_AMOUNT,
        way="checkout",
        state="open",
        key_mark=mark,
        stripe_customer=page["customer"],
        checkout_id=page["id"],
        expires_at=clock.now() + timedelta(minutes=45),
        **here,
    )
    session.add_all([invoice, attempt])
    session.flush()
    session.add(AttemptPart(attempt_id=attempt.id or 0, invoice_id=invoice.id or 0, amount_minor=_AMOUNT))


def _told(page: Thing, event: Thing) -> dict[str, Any]:
    return {"page": page["id"], "intent": page["payment_intent"], "event": event}


if __name__ == "__main__":
    print(json.dumps(paid_pages(int(sys.argv[1]), Path(sys.argv[2]))))
