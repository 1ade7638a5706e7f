import unicodedata

import pytest

from portal_app.errors import Invalid
from portal_app.services import passwords

GOOD = "four warm radiators"


@pytest.fixture(scope="module")
def stored() -> str:
    return passwords.hash_password(GOOD)


def test_the_right_password_and_no_other(stored):
    assert stored.startswith("$argon2id$")
    assert passwords.verify(stored, GOOD)
    assert not passwords.verify(stored, GOOD + " ")
    assert not passwords.verify(stored, GOOD.upper())
    assert not passwords.verify(stored, "")
    assert not passwords.needs_rehash(stored)


@pytest.mark.parametrize("broken", [None, "", "plain text", "$argon2id$", "$argon2id$v=19$m=1,t=1,p=1$AA", "$2b$12$x"])
def test_without_a_usable_hash_nothing_is_right(broken):
    assert not passwords.verify(broken, GOOD)
    assert not passwords.verify(broken, "")


def test_the_same_keys_mean_the_same_everywhere():
    composed = "Z\u00fcndflamme blau"
    stored = passwords.hash_password(composed)
    assert passwords.verify(stored, unicodedata.normalize("NFD", composed))


def test_a_password_is_not_cut_off_silently():
    longest = "ab c" * (passwords.LONGEST // 4)
    stored = passwords.hash_password(longest)
    assert passwords.verify(stored, longest)
    assert not passwords.verify(stored, longest + "x")
    assert not passwords.verify(stored, "x" * 16_000)


def test_older_hashes_are_renewed():
    assert passwords.needs_rehash("$argon2id$v=19$m=1024,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$" + "A" * 43)


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("", "at least 10"),
        ("nine char", "at least 10"),
        ("x" * 201, "at most 200"),
        ("password123", "anybody would try"),
        ("PassWord123", "anybody would try"),
        (" password123 ", "anybody would try"),
        ("aaaaaaaaaaaaaa", "anybody would try"),
        ("Sarah.W@example.com", "not your e-mail"),
        ("sarah.whitcombe", "not your e-mail"),
    ],
)
def test_what_is_not_accepted_gets_a_sentence(password, words):
    email = "sarah.w@example.com" if "@" in password else "sarah.whitcombe@example.com"
    with pytest.raises(Invalid, match=words):
        passwords.check_policy(password, email)


@pytest.mark.parametrize(
    "password", [GOOD, "x1y2z3 a b c", "пароль из слов", "🔥🚿🛁🔧🪠🔩🚽🧰🪛🧯", "porchlight-demo"]
)
def test_what_is_accepted_comes_back_to_be_hashed(password):
    assert passwords.check_policy(password, "sarah@example.com") == password
