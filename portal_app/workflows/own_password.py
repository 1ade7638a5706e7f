"""Somebody signed in changes their password: the present one is asked for, outside any transaction."""

from portal_app.database import reading, transaction
from portal_app.errors import Invalid
from portal_app.models import Login
from portal_app.services import access, passwords
from portal_app.services.actors import Customer
from portal_app.services.throttle import Attempt, get_throttle
from portal_app.settings import get_settings
from portal_app.workflows.in_turn import in_turn


class WrongPassword(Invalid):
    """The present password is another one."""

    def __init__(self) -> None:
        super().__init__("Your present password is not right. Please try again.")


async def change_own_password(actor: Customer, present: str, new: str) -> None:
    """Set the actor's password and sign their other browsers out.

    Raises WrongPassword, Invalid for a new one that is easily guessed, or TooMany: tries count as those to sign in.
    """

    def work() -> None:
        with reading() as session:
            login = session.get_one(Login, actor.login_id)
            email, public_id, held = login.email, login.public_id, login.password_hash
        attempt = Attempt.of(email, actor.origin.network, get_settings().secret_key.get_secret_value())
        get_throttle().check(attempt, known_place=True)
        if not passwords.verify(held, present):
            get_throttle().refused(attempt)
            raise WrongPassword
        new_hash = passwords.hash_password(passwords.check_policy(new, email))
        with transaction() as session:
            access.change_password(session, actor, public_id, new_hash, checked_hash=held)
        get_throttle().accepted(attempt)

    await in_turn(work)
