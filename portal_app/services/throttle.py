"""How many wrong passwords are put up with: generous to a family, hard on a script."""

import hashlib
import hmac
import ipaddress
import time
from dataclasses import dataclass
from functools import lru_cache

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from portal_app.errors import TooMany
from portal_app.settings import get_settings

# One person at one place mistyping; then everybody guessing at one account; then one place guessing at many.
PAIR = RateLimitItemPerMinute(8, 15, namespace="pair")
ACCOUNT = RateLimitItemPerHour(40, 1, namespace="account")
NETWORK = RateLimitItemPerMinute(60, 15, namespace="network")
# A /48 holds 65,536 of the /64 a home is given, so somebody who owns one is counted as a whole too.
WIDE_NETWORK = RateLimitItemPerMinute(300, 15, namespace="wide")
# Right passwords: no person signs in this often, and each one adds a row.
ACCEPTED = RateLimitItemPerHour(120, 1, namespace="accepted")
# Mails that somebody who is not signed in asks for (codes, resets, fresh links), by where they sit.
ASKED = RateLimitItemPerMinute(40, 15, namespace="asked")
ASKED_WIDE = RateLimitItemPerMinute(200, 15, namespace="asked-wide")
# Resets for one address, so that nobody's mailbox is filled; codes are counted in the database, beside their tries.
RESETS = RateLimitItemPerHour(6, 1, namespace="resets")
RESETS_A_DAY = RateLimitItemPerHour(12, 24, namespace="resets-a-day")
# Codes that are typed in, right or wrong: a family shares an address, a guesser needs a million.
TYPED = RateLimitItemPerMinute(60, 15, namespace="typed")
TYPED_WIDE = RateLimitItemPerMinute(300, 15, namespace="typed-wide")
# Papers that one person asks for: each is work for the typesetter.
PAPERS = RateLimitItemPerMinute(60, 5, namespace="papers")
# Rows in the activity log about refused sign-ins, whatever the flood.
RECORDED = RateLimitItemPerHour(300, 1, namespace="recorded")

_WAIT = "There were too many requests from your network. Please wait a few minutes and try again."
_SLOW_DOWN = "There were too many attempts to sign in. Please wait a few minutes and try again."


def network_of(address: str) -> str:
    """Return the network an address is counted with: /24 of IPv4, /64 of IPv6, `unknown` for anything else."""
    return _prefix(address, 24, 64)


def _prefix(address: str, bits4: int, bits6: int) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    bits = bits4 if parsed.version == 4 else bits6
    return str(ipaddress.ip_network((parsed, bits), strict=False))


@dataclass(frozen=True, slots=True)
class Attempt:
    """The keys one attempt is counted under; the account's is an HMAC, so no storage ever holds an e-mail."""

    account: str
    network: str
    wide: str

    @classmethod
    def of(cls, email: str, address: str, secret: str) -> "Attempt":
        """Return the keys of an e-mail address (normalised) tried from a network address."""
        keyed = hmac.new(secret.encode(), b"throttle:" + email.encode(), hashlib.sha256).hexdigest()[:32]
        return cls(account=keyed, network=network_of(address), wide=_prefix(address, 24, 48))


class Throttle:
    """Counts attempts in the storage behind a `limits` address (`memory://`, or Redis for several workers)."""

    def __init__(self, storage_uri: str = "memory://") -> None:
        self._limiter = MovingWindowRateLimiter(storage_from_string(storage_uri))

    def check(self, attempt: Attempt, *, known_place: bool = False) -> None:
        """Raise TooMany when this attempt must not even be looked at.

        `known_place`: this account has signed in from this network before, so strangers who guess at it
        elsewhere do not lock its owner out.
        """
        for item, key in self._counted(attempt):
            if item is ACCOUNT and known_place:
                continue
            if not self._limiter.test(item, *key):
                raise TooMany(_SLOW_DOWN, self._seconds(item, key))
        if not self._limiter.test(ACCEPTED, attempt.account):
            raise TooMany(_SLOW_DOWN, self._seconds(ACCEPTED, (attempt.account,)))

    def refused(self, attempt: Attempt) -> bool:
        """Count a wrong password; returns whether the activity log has room for a row about it."""
        for item, key in self._counted(attempt):
            self._limiter.hit(item, *key)
        return self._limiter.hit(RECORDED)

    def accepted(self, attempt: Attempt) -> None:
        """Count a right one and forgive that person's typing errors; the network's count stays."""
        self._limiter.hit(ACCEPTED, attempt.account)
        self._limiter.clear(PAIR, attempt.account, attempt.network)

    def ask_for_mail(self, attempt: Attempt) -> None:
        """Count a mail that is asked for; raises TooMany when a network asks for more than people would."""
        self._take(((ASKED, attempt.network), (ASKED_WIDE, attempt.wide)))

    def ask_for_reset(self, attempt: Attempt, *, known_place: bool = False) -> None:
        """Count a reset that is asked for; raises TooMany, the same for known and unknown addresses.

        `known_place`: as in `check`; such places are counted each for itself, and strangers use up nothing of theirs.
        """
        self.ask_for_mail(attempt)
        whose = f"{attempt.account} {attempt.network}" if known_place else attempt.account
        self._take(((RESETS, whose), (RESETS_A_DAY, whose)))

    def type_code(self, attempt: Attempt) -> None:
        """Count a code that is typed in; raises TooMany when a network types more than people would."""
        self._take(((TYPED, attempt.network), (TYPED_WIDE, attempt.wide)))

    def ask_for_paper(self, login_id: int) -> None:
        """Count a paper that somebody who is signed in asks for; raises TooMany when nobody could read that many."""
        self._paper(str(login_id))

    def _paper(self, whose: str) -> None:
        if not self._limiter.hit(PAPERS, whose):
            sentence = "Those were many documents at once. Please wait a few minutes and try again."
            raise TooMany(sentence, self._seconds(PAPERS, (whose,)))

    def ask_for_guest_paper(self, guest_id: int) -> None:
        """Count a paper that a guest asks for, as `ask_for_paper` does."""
        self._paper(f"guest {guest_id}")

    def room_in_log(self) -> bool:
        """Return whether the activity log has room for another row about something that was refused."""
        return self._limiter.hit(RECORDED)

    def _take(self, counted: tuple[tuple[RateLimitItem, str], ...]) -> None:
        for item, key in counted:
            if not self._limiter.hit(item, key):
                raise TooMany(_WAIT, self._seconds(item, (key,)))

    def _counted(self, attempt: Attempt) -> tuple[tuple[RateLimitItem, tuple[str, ...]], ...]:
        counted = ((PAIR, (attempt.account, attempt.network)), (ACCOUNT, (attempt.account,)))
        return (*counted, (NETWORK, (attempt.network,)), (WIDE_NETWORK, (attempt.wide,)))

    def _seconds(self, item: RateLimitItem, key: tuple[str, ...]) -> int:
        return max(1, int(self._limiter.get_window_stats(item, *key).reset_time - time.time()) + 1)


def get_throttle() -> Throttle:
    """Return the throttle of this process's installation, made on first use: it keeps a thread, and workers fork."""
    return _throttle_of(get_settings().database_url)


@lru_cache(maxsize=1)
def _throttle_of(_installation: str) -> Throttle:
    return Throttle()
