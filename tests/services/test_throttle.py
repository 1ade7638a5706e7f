import pytest

from portal_app.errors import TooMany
from portal_app.services import throttle
from portal_app.services.throttle import Attempt, Throttle

SECRET = "a secret of the installation"


def attempt(email: str = "sarah@example.com", address: str = "192.0.2.7") -> Attempt:
    return Attempt.of(email, address, SECRET)


def tries_until_refused(gate: Throttle, attempts, *, known_place: bool = False) -> int:
    for count, one in enumerate(attempts):
        try:
            gate.check(one, known_place=known_place)
        except TooMany:
            return count
        gate.refused(one)
    raise AssertionError("never refused")


@pytest.fixture
def gate(portal_env) -> Throttle:
    return Throttle()


def test_a_person_may_mistype_a_few_times_and_is_told_how_long_to_wait(gate):
    assert tries_until_refused(gate, [attempt()] * 100) == throttle.PAIR.amount
    with pytest.raises(TooMany) as caught:
        gate.check(attempt())
    assert 0 < caught.value.retry_after <= throttle.PAIR.get_expiry() + 1
    assert "wait" in caught.value.sentence


def test_others_in_the_family_are_not_held_up(gate):
    tries_until_refused(gate, [attempt()] * 100)
    gate.check(attempt("mark@example.com"))


def test_the_right_password_forgives_typing_errors(gate):
    for _ in range(throttle.PAIR.amount - 1):
        gate.refused(attempt())
    gate.accepted(attempt())
    assert tries_until_refused(gate, [attempt()] * 100) == throttle.PAIR.amount


def test_one_account_is_guarded_against_many_networks(gate):
    everywhere = [attempt(address=f"198.{i // 250}.{i % 250}.1") for i in range(1000)]
    assert tries_until_refused(gate, everywhere) == throttle.ACCOUNT.amount


def test_guessing_elsewhere_does_not_lock_the_owner_out_at_home(gate):
    tries_until_refused(gate, [attempt(address=f"198.51.{i}.1") for i in range(250)])
    with pytest.raises(TooMany):
        gate.check(attempt(address="192.0.2.7"))
    gate.check(attempt(address="192.0.2.7"), known_place=True)
    assert tries_until_refused(gate, [attempt()] * 100, known_place=True) == throttle.PAIR.amount


def test_one_network_cannot_go_through_a_list_of_accounts(gate):
    script = [attempt(f"customer{i}@example.com", f"203.0.113.{i % 250}") for i in range(1000)]
    assert tries_until_refused(gate, script) == throttle.NETWORK.amount
    gate.check(attempt(address="203.0.114.1"))


def test_an_account_of_ones_own_does_not_reset_the_networks_count(gate):
    done = 0
    for i in range(1000):
        guess = attempt(f"customer{i}@example.com")
        try:
            gate.check(guess)
        except TooMany:
            break
        gate.refused(guess)
        gate.accepted(attempt("mine@example.com"))
        done += 1
    assert done <= throttle.NETWORK.amount


def test_whoever_owns_many_networks_is_counted_as_a_whole(gate):
    script = [attempt(f"customer{i}@example.com", f"2001:db8:7:{i:x}::1") for i in range(2000)]
    assert tries_until_refused(gate, script) == throttle.WIDE_NETWORK.amount


def test_signing_in_without_end_is_no_person(gate):
    for _ in range(throttle.ACCEPTED.amount):
        gate.check(attempt())
        gate.accepted(attempt())
    with pytest.raises(TooMany):
        gate.check(attempt())


def test_the_log_has_room_for_so_many_refusals(gate):
    noted = sum(gate.refused(attempt(f"x{i}@example.com", f"10.{i // 250}.{i % 250}.1")) for i in range(1000))
    assert noted == throttle.RECORDED.amount


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", "unknown"),
        ("not an address", "unknown"),
    ],
)
def test_what_counts_as_one_network(address, network):
    assert throttle.network_of(address) == network


def test_no_storage_holds_an_e_mail_address(gate):
    gate.refused(attempt("sarah.whitcombe@example.com"))
    storage = gate._limiter.storage
    kept = repr(vars(storage))
    assert "events" in kept
    assert "whitcombe" not in kept
    assert "example.com" not in kept
    assert attempt() != Attempt.of("sarah@example.com", "192.0.2.7", "another secret")
