"""What is the matter with this server: its keys, the trouble that was asked for, what was asked of it."""

from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from portal_app.demo.stripe.problems import Problem
from portal_app.demo.stripe.state import State
from portal_app.demo.stripe.webhooks import Deliverer

# The portal's settings under `portal demo`; public, like all of the demo's passwords.
DEMO_KEY = "sk_test_demo_of_the_local_stripe"
DEMO_WEBHOOK_SECRET = "whsec_demoofthelocalstripe"
_KEPT = 1000


@dataclass
class Board:
    """One server's state and everything around it.

    `lose` is how many of the next POST answers get lost after the work is done; `lose_path` limits that to one
    address. `fail` is how many requests are answered with `fail_status` before anything is done.
    """

    state: State
    deliverer: Deliverer
    keys: frozenset[str] = frozenset({DEMO_KEY})
    lose: int = 0
    lose_path: str = ""
    fail: int = 0
    fail_status: int = 500
    requests: list[dict[str, Any]] = field(default_factory=list)

    def note(self, method: str, path: str, key: str, *, repeated: bool) -> None:
        """Remember a request."""
        self.requests.append({"method": method, "path": path, "idempotency_key": key, "repeated": repeated})
        del self.requests[:-_KEPT]

    def stop_if_in_trouble(self) -> None:
        """Raise the failure that was asked for, if any is left."""
        if self.fail > 0:
            self.fail -= 1
            if self.fail_status == 429:
                raise Problem("Too many requests hit the API too quickly.", 429, code="rate_limit")
            raise Problem("This failure was asked for.", self.fail_status, kind="api_error")

    def loses(self, method: str, path: str) -> bool:
        """Return whether the answer to this request gets lost."""
        if self.lose < 1 or method != "POST" or not path.startswith("/v1/"):
            return False
        if self.lose_path and path != self.lose_path:
            return False
        self.lose -= 1
        return True


def board_of(request: Request) -> Board:
    """Return the server's board."""
    return request.app.state.board
