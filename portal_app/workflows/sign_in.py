"""One sign-in by password: look up, check the password outside any transaction, then let in or refuse."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from portal_app.database import reading, transaction
from portal_app.errors import PortalError, TooMany
from portal_app.services import passwords, sign_in
from portal_app.services.actors import Origin
from portal_app.services.sign_in import Candidate, SignedIn
from portal_app.services.throttle import Attempt, get_throttle
from portal_app.settings import get_settings

# Each check takes 32 MiB and a whole core: two at once, and a short queue that a flood cannot make long.
CHECKS_AT_ONCE = 2
LONGEST_QUEUE = 24

_places = threading.BoundedSemaphore(LONGEST_QUEUE)


class Refused(PortalError):
    """The sign-in did not succeed; why is nobody's business."""

    def __init__(self) -> None:
        super().__init__("That e-mail address and password do not go together. Please try again.")


async def sign_in_by_password(
    email: str, password: str, *, remember: bool, next_path: str, origin: Origin, replacing: str | None
) -> SignedIn:
    """Return the new session; raises Refused (the same for every reason) or TooMany."""
    email = sign_in.normal_email(email)
    attempt = Attempt.of(email, origin.network, get_settings().secret_key.get_secret_value())

    def work() -> SignedIn:
        # Counted here, where at most CHECKS_AT_ONCE run, so that a burst cannot slip past the limit together.
        with reading() as session:
            candidate = sign_in.find(session, email)
        get_throttle().check(attempt, known_place=attempt.network in candidate.networks)
        if not passwords.verify(candidate.password_hash, password):
            raise _refused(candidate, attempt, origin)
        with transaction() as session:
            signed_in = sign_in.accept(
                session, candidate, remember=remember, next_path=next_path, origin=origin, replacing=replacing
            )
        if signed_in is None:
            raise _refused(candidate, attempt, origin)
        get_throttle().accepted(attempt)
        _renew_hash(candidate, password)
        return signed_in

    if not _places.acquire(blocking=False):
        raise TooMany("Many people are signing in just now. Please try again in a moment.", 5)
    future = _checkers().submit(work)
    future.add_done_callback(lambda _: _places.release())
    return await asyncio.wrap_future(future)


@lru_cache(maxsize=1)
def _checkers() -> ThreadPoolExecutor:
    """Return this process's checking threads, made on first use: workers fork."""
    return ThreadPoolExecutor(CHECKS_AT_ONCE, thread_name_prefix="sign-in", initializer=passwords.warm_up)


def _refused(candidate: Candidate, attempt: Attempt, origin: Origin) -> Refused:
    """Count a refusal, and note it in the log while there is room for such rows."""
    if get_throttle().refused(attempt):
        with transaction() as session:
            sign_in.refuse(session, candidate, origin)
    return Refused()


def _renew_hash(candidate: Candidate, password: str) -> None:
    """Hash the password anew when its hash was made with older parameters."""
    if candidate.password_hash is None or not passwords.needs_rehash(candidate.password_hash):
        return
    renewed = passwords.hash_password(password)
    with transaction() as session:
        sign_in.renew_hash(session, candidate, renewed)
