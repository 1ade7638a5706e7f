"""One sign-in by password: look up, check the password outside any transaction, then let in or refuse."""

from portal_app.database import reading, transaction
from portal_app.errors import PortalError
from portal_app.services import email_addresses, passwords, sign_in
from portal_app.services.actors import Origin
from portal_app.services.opening import ComingSoon
from portal_app.services.sign_in import Candidate, SignedIn
from portal_app.services.throttle import Attempt, get_throttle
from portal_app.settings import get_settings
from portal_app.workflows.in_turn import in_turn


class Refused(PortalError):
    """The sign-in did not succeed; why is nobody's business."""

    def __init__(self) -> None:
        super().__init__("That e-mail address and password do not go together. Please try again.")


async def sign_in_by_password(
    email: str, password: str, *, remember: bool, next_path: str, origin: Origin, replacing: str | None
) -> SignedIn:
    """Return the new session; raises Refused (the same for every reason), ComingSoon or TooMany."""
    email = email_addresses.normal(email)
    attempt = Attempt.of(email, origin.network, get_settings().secret_key.get_secret_value())

    def work() -> SignedIn:
        # Counted here, where few run at once, so that a burst cannot slip past the limit together.
        with reading() as session:
            candidate = sign_in.find(session, email)
        get_throttle().check(attempt, known_place=attempt.network in candidate.networks)
        if not passwords.verify(candidate.password_hash, password):
            raise _refused(candidate, attempt, origin)
        try:
            with transaction() as session:
                signed_in = sign_in.accept(
                    session, candidate, remember=remember, next_path=next_path, origin=origin, replacing=replacing
                )
        except ComingSoon:
            get_throttle().accepted(attempt)
            raise
        if signed_in is None:
            raise _refused(candidate, attempt, origin)
        get_throttle().accepted(attempt)
        _renew_hash(candidate, password)
        return signed_in

    return await in_turn(work)


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
