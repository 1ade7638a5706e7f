"""How long an answer takes tells nothing about whether an address is known.

Known and unknown addresses are asked about in turns, in process, where a network's noise hides nothing; what is
compared are the medians, beside the spread of either. One network and one address each: nothing is throttled.
"""

import time
from contextlib import nullcontext
from statistics import median, quantiles

import pytest

from portal_app.endpoints import even_time
from portal_app.endpoints.even_time import SECONDS, in_even_time
from portal_app.errors import TooMany
from tests.services.people import make_customer, make_staff

ROUNDS = 30
WARM_UP = 5
ASKS = {
    "/auth/link": lambda email: {"email": email},
    "/auth/forgot": lambda email: {"email": email},
    "/auth/login": lambda email: {"email": email, "password": "not the password"},
}


async def seconds(browser, path: str, email: str, turn: int) -> float:
    """Return how long one answer took, asked from a network of its own."""
    client = browser(f"10.{turn // 200}.{turn % 200}.7")
    began = time.perf_counter()
    answer = await client.post(path, data=ASKS[path](email))
    taken = time.perf_counter() - began
    assert answer.status_code == 303
    return taken


@pytest.mark.slow
@pytest.mark.parametrize("path", ASKS)
async def test_known_and_unknown_take_the_same_time(browser, business, path, monkeypatch):
    monkeypatch.setattr(even_time, "SECONDS", SECONDS)
    known, unknown, turn = [], [], 0
    for n in range(ROUNDS + WARM_UP):
        make_customer(f"known{n}@example.com")
    make_staff("office@example.com")
    for n in range(ROUNDS + WARM_UP):
        pairs = [(known, f"known{n}@example.com"), (unknown, f"never{n}@example.com")]
        for into, email in pairs if n % 2 else reversed(pairs):
            turn += 1
            into.append(await seconds(browser, path, email, turn))
    known, unknown = known[WARM_UP:], unknown[WARM_UP:]
    apart = abs(median(known) - median(unknown))
    spreads = [quantiles(taken, n=4)[2] - quantiles(taken, n=4)[0] for taken in (known, unknown)]
    report = f"{path}: {median(known) * 1e3:.2f} ms and {median(unknown) * 1e3:.2f} ms, spreads {spreads}"
    assert apart <= max(*spreads, 0.05 * median(known)), report


async def test_what_the_work_takes_and_what_it_raises_do_not_show():
    def refuse() -> None:
        raise TooMany("Too many.", 5)

    for work, wanted in ((lambda: None, nullcontext()), (refuse, pytest.raises(TooMany))):
        began = time.perf_counter()
        with wanted:
            await in_even_time(work)
        assert time.perf_counter() - began >= SECONDS
