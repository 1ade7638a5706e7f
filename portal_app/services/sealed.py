"""What the database must hold but nobody may read there: sealed under the portal's secret key."""

import base64
import hashlib
import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal_app.errors import Invalid
from portal_app.settings import get_settings


def seal(values: dict[str, Any]) -> str:
    """Return the values as text that only this portal's secret key opens; empty for nothing."""
    return _fernet(_secret()).encrypt(json.dumps(values).encode()).decode() if values else ""


def unseal(text: str) -> dict[str, Any]:
    """Return what `seal` was given; raises Invalid when it was sealed under another key, or changed."""
    if not text:
        return {}
    try:
        return json.loads(_fernet(_secret()).decrypt(text.encode()))
    except InvalidToken as error:
        raise Invalid("This was stored under another secret key and can no longer be read.") from error


def keyed_hash(purpose: str, text: str) -> str:
    """Return 64 hex digits for a short secret, such as a code, that nobody guesses back without the secret key."""
    return hashlib.blake2b(text.encode(), key=_key(_secret(), purpose), digest_size=32).hexdigest()


def _secret() -> str:
    return get_settings().secret_key.get_secret_value()


@lru_cache(maxsize=4)
def _fernet(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_key(secret, "seal")))


@lru_cache(maxsize=16)
def _key(secret: str, purpose: str) -> bytes:
    """Return 32 bytes for one purpose, so that what is known of one says nothing of another (RFC 5869)."""
    return HKDF(SHA256(), length=32, salt=None, info=f"porchlight:{purpose}".encode()).derive(secret.encode())
