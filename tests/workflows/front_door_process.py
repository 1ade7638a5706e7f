"""Lets people in without end, and is made to be killed at any moment: `python -m tests.workflows.front_door_process`.

It imports everything once; for each line it reads it forks a life that invites, sends links, codes and resets over and
over, and writes that one's number, then `ended` and its exit code.
"""

import itertools
import os
import sys

from sqlmodel import select

from portal_app.database import get_engine, transaction
from portal_app.models import Contact, Customer
from portal_app.services import invitations, links
from portal_app.services.actors import Origin, System
from portal_app.workflows import choose_password, sign_in_by_code
from tests.workflows import poll_process

OFFICE = System("office")


def live(turns: int | None = None) -> None:
    """Do everything a mail comes of, again and again or so many times."""
    with transaction() as session:
        people = [
            (contact.email, contact.public_id, session.get_one(Customer, contact.customer_id).public_id)
            for contact in session.exec(select(Contact))
        ]
    numbers = itertools.count() if turns is None else range(turns)
    for turn, (email, contact, customer) in zip(numbers, itertools.cycle(people), strict=False):
        origin = Origin(f"10.{os.getpid() % 250}.{turn % 250}.7", "browser")
        with transaction() as session:
            invitations.invite(session, OFFICE, contact)
        with transaction() as session:
            links.send(session, OFFICE, customer)
        sign_in_by_code.send_code(f"{turn}-{os.getpid()}-{email}", "b" * 43, next_path="", origin=origin)
        choose_password.send_reset(email, origin)


def main() -> None:
    """Fork one life per line read; what has to be built once is built before, so that lives are short."""
    live(1)
    get_engine().dispose()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for _ in sys.stdin:
        process = os.fork()
        if process == 0:
            poll_process.live(live)
        sys.stdout.write(f"{process}\n")
        sys.stdout.flush()
        _, status = os.waitpid(process, 0)
        sys.stdout.write(f"ended {os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
