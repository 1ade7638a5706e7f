"""Check one password so many times, as many at once as the portal does, by argon2 alone; print the seconds it took."""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher

from portal_app.services import passwords
from portal_app.workflows.in_turn import AT_ONCE

_PASSWORD = "four warm radiators"  # noqa: S105 - of nobody


def seconds(count: int) -> float:
    """Return how long so many checks take with the parameters the portal stores passwords with."""
    stored = passwords.hash_password(_PASSWORD)
    hasher = PasswordHasher()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(lambda _: hasher.verify(stored, _PASSWORD), range(AT_ONCE * 2)))
        began = time.perf_counter()
        list(threads.map(lambda _: hasher.verify(stored, _PASSWORD), range(count)))
        return time.perf_counter() - began


if __name__ == "__main__":
    print(json.dumps(seconds(int(sys.argv[1]))))
