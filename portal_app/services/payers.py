"""People as Stripe knows them: each contact under an id of their own, with the name and address it was told last."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import or_
from sqlmodel import Session, col, select

from portal_app import clock
from portal_app.models import Contact, Customer, StripeCustomer
from portal_app.services.actors import Customer as Actor
from portal_app.services.payment_settings import StripeKeys

# A bank account that was still to be confirmed is kept once it is, some days after its page was shut.
LOOKED_AT_AGAIN = timedelta(days=11)


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays, as Stripe is to know them; `stripe_id` is empty while it does not.

    `is_told` says that it was told this very name and address.
    """

    contact_id: int
    contact_public_id: str
    email: str
    name: str
    stripe_id: str
    is_told: bool = True


def get(session: Session, actor: Actor, keys: StripeKeys) -> Payer:
    """Return the acting contact with their id at Stripe; each has one of their own, for each account and mode."""
    contact = session.get_one(Contact, actor.contact_id)
    known = _known(session, actor.contact_id, keys)
    facts = (actor.contact_id, contact.public_id, contact.email, contact.name)
    if known is None:
        return Payer(*facts, stripe_id="", is_told=False)
    is_told = known.forgotten_at is None and (known.email, known.name) == (contact.email, contact.name)
    return Payer(*facts, stripe_id=known.stripe_id, is_told=is_told)


def remember(session: Session, payer: Payer, keys: StripeKeys, stripe_id: str) -> None:
    """Keep under which id Stripe knows a contact and what it was told; the same id however often it is told."""
    # Two tabs may tell it at once; the second waits here, and finds what the first has written.
    session.get_one(Contact, payer.contact_id, with_for_update=True)
    row = _known(session, payer.contact_id, keys)
    if row is None:
        row = StripeCustomer(contact_id=payer.contact_id, key_mark=keys.mark, stripe_id=stripe_id)
    if row.stripe_id == stripe_id:
        row.email, row.name, row.forgotten_at = payer.email, payer.name, None
    session.add(row)
    session.flush()


def _known(session: Session, contact_id: int, keys: StripeKeys) -> StripeCustomer | None:
    known = select(StripeCustomer).where(StripeCustomer.contact_id == contact_id, StripeCustomer.key_mark == keys.mark)
    return session.exec(known).first()


def forget(session: Session, stripe_id: str) -> None:
    """Forget under which id Stripe knew a contact, which it does not any more; one who comes back begins anew."""
    row = session.exec(select(StripeCustomer).where(StripeCustomer.stripe_id == stripe_id)).first()
    if row is not None:
        session.delete(row)


def to_forget(session: Session, mark: str, limit: int) -> list[str]:
    """Return under which ids Stripe knows people who may not come in any more: what they saved is to be taken away.

    They, or their customer, were disabled or are gone. Each is looked at twice, the second time LOOKED_AT_AGAIN later.
    """
    gone = or_(
        col(Contact.active).is_(False),
        col(Contact.disabled_at).is_not(None),
        col(Contact.deleted_at).is_not(None),
        col(Customer.active).is_(False),
        col(Customer.deleted_at).is_not(None),
    )
    due = or_(
        col(StripeCustomer.forgotten_at).is_(None),
        col(StripeCustomer.forgotten_at) < clock.now() - LOOKED_AT_AGAIN,
    )
    statement = (
        select(StripeCustomer.stripe_id)
        .join(Contact, col(Contact.id) == col(StripeCustomer.contact_id))
        .join(Customer, col(Customer.id) == col(Contact.customer_id))
        .where(StripeCustomer.key_mark == mark, due, gone)
        .limit(limit)
    )
    return list(session.exec(statement))


def emptied(session: Session, stripe_id: str) -> None:
    """Note that nothing is saved under an id of Stripe's any more; after the second time the id is forgotten."""
    row = session.exec(select(StripeCustomer).where(StripeCustomer.stripe_id == stripe_id)).first()
    if row is None:
        return
    if row.forgotten_at is None:
        row.forgotten_at = clock.now()
    else:
        session.delete(row)
