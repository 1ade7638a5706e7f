"""Making the business's Stripe account ready: whose it is, what it can do, and that its events come here."""

import asyncio
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlmodel import Session

from portal_app import logs, routes
from portal_app.database import reading, transaction
from portal_app.errors import Invalid
from portal_app.integrations.stripe import EVENTS, StripeAccount
from portal_app.integrations.stripe.errors import KeyRefused, NotFound, Refused, StripeTrouble
from portal_app.integrations.stripe.values import Webhook
from portal_app.services import payment_settings
from portal_app.services.actors import Staff
from portal_app.services.payment_settings import StripeKeys
from portal_app.settings import get_settings, is_loopback
from portal_app.workflows.rolled_key import adopt

log = logs.get(__name__)
# How it stands with the address that Stripe sends events to.
ENABLED, DISABLED, ABSENT, UNKNOWN = "enabled", "disabled", "absent", "unknown"


@dataclass(frozen=True, slots=True)
class _Known:
    """What is set before Stripe is asked; `own_secret` says that the server was given the signing secret."""

    keys: StripeKeys | None
    webhook_id: str
    own_secret: bool


@dataclass(frozen=True, slots=True)
class _Address:
    """How it stands with the address: one of the words above, and what is wrong in a sentence."""

    state: str
    problem: str = ""


async def save_key(actor: Staff, secret: str) -> None:
    """Store a key and make its account ready; a StripeTrouble means that it is stored and Stripe has not agreed yet."""
    await asyncio.to_thread(_save, actor, secret)
    await set_up(actor)


async def set_up(actor: Staff) -> None:
    """Ask Stripe for the account, have its events sent here, and keep what it said.

    An address is made where the server was given no signing secret; older ones at the same place are removed. What
    began under an older key of the same account goes on. Raises
    Invalid without a key, a StripeTrouble with a sentence when Stripe cannot be asked.
    """
    known = await asyncio.to_thread(_read, actor)
    if known.keys is None:
        raise Invalid("No key is set yet: paste Stripe's secret key and save it first.")
    stripe = StripeAccount(known.keys.secret, known.keys.base)
    account = await stripe.account()
    address = await _address(stripe, known, known.keys)
    facts = asdict(account) | {
        "methods": list(account.methods),
        "webhook": address.state,
        "webhook_problem": address.problem,
    }
    await asyncio.to_thread(_note, known.keys, facts)
    await adopt()


async def forget(actor: Staff) -> None:
    """Forget the office's key, and have Stripe send nothing here any more as far as it can be told."""
    known = await asyncio.to_thread(_read, actor)
    await asyncio.to_thread(_forget, actor)
    if known.keys is None or not known.webhook_id:
        return
    try:
        await StripeAccount(known.keys.secret, known.keys.base).delete_webhook(known.webhook_id)
    except StripeTrouble as trouble:
        log.warning("stripe_webhook_stays", webhook=known.webhook_id, reason=trouble.sentence)


async def _address(stripe: StripeAccount, known: _Known, keys: StripeKeys) -> _Address:
    url = get_settings().public_url + routes.STRIPE_WEBHOOK
    try:
        here = [one for one in await stripe.webhooks() if _same(one.url, url)]
        if known.own_secret:
            return _found(here)
        ours = next((one for one in here if one.id == known.webhook_id), None)
        if ours is None or not keys.webhook_secret or not _complete(ours):
            ours = await stripe.create_webhook(url)
            await asyncio.to_thread(_keep, keys, ours)
        await _remove(stripe, [one for one in here if one.id != ours.id])
    except (KeyRefused, Refused) as refusal:
        return _Address(UNKNOWN if known.own_secret else ABSENT, refusal.sentence)
    return _Address(ENABLED)


def _same(found: str, ours: str) -> bool:
    """Return whether two addresses lead to the same place; this machine has more names than one."""
    one, two = urlsplit(found), urlsplit(ours)
    if is_loopback(one.hostname or "") and is_loopback(two.hostname or ""):
        return (one.port, one.path) == (two.port, two.path)
    return found == ours


def _found(here: list[Webhook]) -> _Address:
    """Say how an address that somebody else has made stands."""
    if not here:
        return _Address(ABSENT)
    return _Address(ENABLED if any(one.status == "enabled" for one in here) else DISABLED)


def _complete(webhook: Webhook) -> bool:
    return webhook.status == "enabled" and ("*" in webhook.events or set(EVENTS) <= set(webhook.events))


async def _remove(stripe: StripeAccount, older: list[Webhook]) -> None:
    for one in older:
        try:
            await stripe.delete_webhook(one.id)
        except NotFound:
            log.info("stripe_webhook_gone", webhook=one.id)


def _save(actor: Staff, secret: str) -> None:
    with transaction() as session:
        payment_settings.save_key(session, actor, secret)


def _forget(actor: Staff) -> None:
    with transaction() as session:
        payment_settings.forget_key(session, actor)


def _read(actor: Staff) -> _Known:
    own_secret = bool(get_settings().stripe_webhook_secret.get_secret_value())
    own_key = bool(get_settings().stripe_secret_key.get_secret_value())
    with reading() as session:
        payment_settings.require_settings(actor)
        keys = payment_settings.keys(session)
        return _Known(keys, payment_settings.webhook_id(session), own_secret and own_key)


def _keep(keys: StripeKeys, made: Webhook) -> None:
    with transaction() as session:
        if _still(session, keys):
            payment_settings.note_webhook(session, keys, made.id, made.url, made.secret)


def _note(keys: StripeKeys, facts: dict[str, Any]) -> None:
    with transaction() as session:
        if _still(session, keys):
            payment_settings.note_facts(session, facts)


def _still(session: Session, keys: StripeKeys) -> bool:
    """Return whether the key is still the one that was asked with; another one knows nothing of this."""
    now = payment_settings.keys(session)
    return now is not None and now.mark == keys.mark
