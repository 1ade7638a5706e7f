"""How the portal sends mail and reads what comes back, where the office sets it in the browser."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field

from portal_app.models.base import Stamped


class MailSettings(Stamped, table=True):
    """One row; settings of the environment win over it. `security` is tls, starttls or none.

    `password_sealed` can only be opened with the portal's secret key.
    """

    id: int | None = Field(default=None, primary_key=True)
    preset: str = Field(default="", max_length=40)
    host: str = Field(default="", max_length=253)
    port: int = 587
    security: str = Field(default="starttls", max_length=8)
    username: str = Field(default="", max_length=254)
    password_sealed: str = Field(default="", max_length=2000)
    from_address: str = Field(default="", max_length=254)
    last_test_at: datetime | None = None
    last_test_error: str = Field(default="", max_length=1000)


class BounceMailbox(Stamped, table=True):
    """One row: the mailbox that mail comes back to, as the office set it, and how far it has been read.

    The position (`uid_validity`, `last_uid`) belongs to the mailbox that `read_key` is the hash of, which may be the
    environment's. `failures` counts the looks that failed in a row, `came_back` the mails that were found.
    """

    id: int | None = Field(default=None, primary_key=True)
    preset: str = Field(default="", max_length=40)
    host: str = Field(default="", max_length=253)
    port: int = 993
    username: str = Field(default="", max_length=254)
    password_sealed: str = Field(default="", max_length=2000)
    folder: str = Field(default="INBOX", max_length=200)
    read_key: str = Field(default="", max_length=64)
    uid_validity: int = Field(default=0, sa_type=BigInteger)
    last_uid: int = Field(default=0, sa_type=BigInteger)
    came_back: int = 0
    failures: int = 0
    next_check_at: datetime | None = None
    last_check_at: datetime | None = None
    last_success_at: datetime | None = None
    last_error: str = Field(default="", max_length=1000)
