"""Passwords: what is accepted, and argon2 by passlib's context."""

import secrets
import unicodedata
from functools import lru_cache

from passlib.context import CryptContext

from portal_app.errors import Invalid

SHORTEST = 10
LONGEST = 200
POLICY = f"At least {SHORTEST} characters. A few words in a row are easy to remember and hard to guess."

# RFC 9106 lets memory be traded for passes; 32 MiB keeps two sign-ins at once small on a small server.
_CONTEXT = CryptContext(
    schemes=["argon2"], argon2__type="ID", argon2__memory_cost=32 * 1024, argon2__time_cost=3, argon2__parallelism=1
)

# The ones of at least ten characters that lead every list of leaked passwords.
_COMMON_LINES = """
    0123456789 0987654321 1029384756 1111111111 1122334455 1212121212 123123123123 1234512345 123456789a
    1234567890 12345678900 12345678910 1234567891 123456789q 123456789123 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc
    aaaaaaaaaa abcdefghij abcdefghijk abcd123456 abc1234567 administrator asdfghjkl1 asdfghjkl; baseball123
    changeme123 charlie123 football123 iloveyou12 iloveyou123 jordan12345 letmein123 liverpool1 liverpool123
    manchester manchester1 monkey12345 mypassword mypassword1 password00 password01 password10 password11
    password12 password123 password1234 password12345 password123456 passwordpassword plumbing123 princess123
    q1w2e3r4t5 q1w2e3r4t5y6 qazwsxedcrfv qwerty1234 qwerty12345 qwerty123456 qwertyuiop qwertyuiop1
    qwertyuiop123 sunshine123 superman123 welcome123 welcome1234 zaq12wsx34 zxcvbnm123
"""
_COMMON = frozenset(_COMMON_LINES.split())


def normal(password: str) -> str:
    """Return the password in NFC, so that the same keys mean the same on every phone and computer."""
    return unicodedata.normalize("NFC", password)


def check_policy(password: str, email: str = "") -> str:
    """Return the password to hash; raises Invalid with a sentence when it would be easy to guess."""
    password = normal(password)
    if len(password) < SHORTEST:
        raise Invalid(f"Please use at least {SHORTEST} characters.")
    if len(password) > LONGEST:
        raise Invalid(f"Please use at most {LONGEST} characters.")
    plain = password.casefold()
    if plain.strip() in _COMMON or len(set(plain)) < 3:
        raise Invalid("This password is one of the first that anybody would try. Please choose another.")
    if email and plain.strip() in {email.casefold(), email.casefold().partition("@")[0]}:
        raise Invalid("Please choose a password that is not your e-mail address.")
    return password


def hash_password(password: str) -> str:
    """Return the argon2id hash; takes about a twentieth of a second and 32 MiB, so never inside a transaction."""
    return _CONTEXT.hash(normal(password))


def verify(stored: str | None, password: str) -> bool:
    """Return whether the password is the stored one; as slow for no hash (None) as for a real one."""
    password = normal(password)
    # Whatever is sent costs the same: one longer than can have been set is compared as its beginning, and refused.
    compared = password[:LONGEST]
    try:
        matches = stored is not None and _CONTEXT.verify(compared, stored)
    except ValueError:  # not a hash we know: the account has no usable password
        stored = None
        matches = False
    if stored is None:
        _CONTEXT.verify(compared, _dummy())
    return matches and compared == password


def needs_rehash(stored: str) -> bool:
    """Return whether a hash was made with older parameters and should be made anew at the next sign-in."""
    return _CONTEXT.needs_update(stored)


@lru_cache(maxsize=1)
def _dummy() -> str:
    """Return a hash nobody has the password of, with the same parameters as the real ones."""
    return _CONTEXT.hash(secrets.token_urlsafe(24))


def warm_up() -> None:
    """Make the dummy hash now, so that the very first unknown address is no slower than the others."""
    _dummy()
