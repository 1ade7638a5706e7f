"""The connection to Stripe: one client for each key and address in a process, and what its errors mean."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import httpx
import stripe

from portal_app.integrations.stripe.declines import sentence_for
from portal_app.integrations.stripe.errors import (
    Declined,
    IdReused,
    KeyRefused,
    NeedsAuthentication,
    NotFound,
    OutcomeUnknown,
    Refused,
)
from portal_app.integrations.stripe.reading import id_of
from portal_app.settings import STRIPE_HOST

TIMEOUT_SECONDS = 20
RETRIES = 2
# Times of our requests would be sent along with the next ones.
stripe.enable_telemetry = False

_Clients = dict[tuple[str, str], tuple[stripe.StripeClient, stripe.HTTPXClient]]
# By event loop: an open connection is of no use to another one. The portal has a single loop, tests have many.
_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, _Clients] = WeakKeyDictionary()


class _Straight(stripe.HTTPXClient):
    """Asks the given address itself: a proxy that the environment names knows nothing of a stand-in on this machine."""

    def __init__(self, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self._client_async = httpx.AsyncClient(trust_env=False)


def client_for(key: str, base: str = "") -> stripe.StripeClient:
    """Return the running loop's client for a secret key; `base` is another address than Stripe's own."""
    clients = _clients.setdefault(asyncio.get_running_loop(), {})
    if (key, base) not in clients:
        away = base in ("", f"https://{STRIPE_HOST}")
        transport = (stripe.HTTPXClient if away else _Straight)(timeout=TIMEOUT_SECONDS)
        client = stripe.StripeClient(
            key,
            max_network_retries=RETRIES,
            http_client=transport,
            base_addresses={"api": base} if base else None,
        )
        clients[key, base] = (client, transport)
    return clients[key, base][0]


async def close_clients() -> None:
    """Close the connections of the running loop, when it is about to end; the next use opens new ones."""
    for _, transport in _clients.pop(asyncio.get_running_loop(), {}).values():
        await transport.close_async()


class Connection:
    """What a secret key opens; made freely, since clients are shared."""

    def __init__(self, key: str, base: str = "") -> None:
        self._key = key
        self._base = base

    @property
    def live_mode(self) -> bool:
        """Whether real money moves."""
        return "_live_" in self._key

    @property
    def _v1(self) -> Any:
        # Typed parameters are checked by the local Stripe, nested ones too, which the SDK's own types cannot for
        # dictionaries that are put together step by step.
        return client_for(self._key, self._base).v1


def keyed(own_id: str) -> dict[str, str]:
    """Return the options that make Stripe do a thing once, however often it is asked under this id of ours."""
    if not own_id:
        raise ValueError("a request without an id of ours could be done twice")
    return {"idempotency_key": own_id}


@contextmanager
def told() -> Iterator[None]:
    """Raise the library's errors as ours."""
    try:
        yield
    except stripe.CardError as error:
        raise _declined(error) from None
    except stripe.IdempotencyError:
        raise IdReused("This was already sent to Stripe with other facts, and cannot be changed now.") from None
    except stripe.InvalidRequestError as error:
        raise _invalid(error) from None
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        words = "Stripe does not accept the secret key"
        if isinstance(error, stripe.PermissionError):
            words = "The secret key may not do this at Stripe"
        raise KeyRefused(f"{words}. Please check STRIPE_SECRET_KEY and what the key may do.") from None
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
        raise OutcomeUnknown("Stripe could not be reached, or did not say what happened.") from error
    except stripe.StripeError as error:
        raise Refused(f"Stripe refused: {error.user_message}", error.code or "") from None


def _declined(error: stripe.CardError) -> Declined:
    body = error.json_body if isinstance(error.json_body, dict) else {}
    problem = body.get("error") or {}
    code, decline = error.code or "", problem.get("decline_code") or ""
    kind = NeedsAuthentication if "authentication_required" in (code, decline) else Declined
    return kind(sentence_for(code, decline), decline or code, id_of(problem.get("payment_intent")))


def _invalid(error: stripe.InvalidRequestError) -> Refused | NotFound:
    if error.http_status == 404 or error.code == "resource_missing":
        return NotFound("Stripe does not know this under the present key.")
    return Refused(f"Stripe refused: {error.user_message}", error.code or "")
