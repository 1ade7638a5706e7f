"""How the portal sends mail, where the office sets it in the browser."""

from datetime import datetime

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
