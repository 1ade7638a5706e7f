"""The kinds of value in a CRM's records: bounded texts, moments, days, money, decimals and links."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

LONG_TEXT = 100_000
LINK_LENGTH = 2000
_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_MOST_MINOR = 10**15
_LINK = re.compile(r"https?://[^\s\x00-\x1f\x7f\\]+", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_DECIMAL = re.compile(r"-?\d{1,15}(\.\d{1,20})?")
EMAIL = re.compile(r"[^@\s,;<>\"()\[\]\\]+@[^@\s,;<>\"()\[\]\\]+\.[^@\s,;<>\"()\[\]\\.]{2,}")


class Part(BaseModel):
    """Anything a record is made of: unknown fields are ignored, null counts as left out, numbers pass as text."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True, protected_namespaces=())

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, value: Any) -> Any:
        if not isinstance(value, dict) or None not in value.values():
            return value
        return {name: inner for name, inner in value.items() if inner is not None}


def moment(value: object) -> datetime:
    """Read an RFC 3339 time with a zone as UTC; digits behind microseconds are cut."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    if not isinstance(value, str) or len(value) > 40 or not _DAY.match(value):
        raise PydanticCustomError("moment", "is not a time such as 2026-11-22T10:42:00Z")
    try:
        found = datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        raise PydanticCustomError("moment", "is not a time that exists, such as 2026-11-22T10:42:00Z") from None
    if len(value) < 17 or not (value[-1] in "Zz" or value[-6] in "+-" or value[-5] in "+-"):
        raise PydanticCustomError("moment", "is a time without a zone")
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise PydanticCustomError("moment", "lies outside the years 1900 to 2200")
    return found


def day(value: object) -> date:
    """Read a calendar day; a time of day behind it is ignored."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or len(value) > 40 or not _DAY.match(value):
        raise PydanticCustomError("day", "is not a day such as 2026-11-22")
    try:
        found = date.fromisoformat(value[:10])
    except ValueError:
        raise PydanticCustomError("day", "is not a day that exists, such as 2026-11-22") from None
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise PydanticCustomError("day", "lies outside the years 1900 to 2200")
    return found


def _decimal(value: object) -> str:
    """Read an exact decimal given as text or number; kept as text, as the source wrote it."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise PydanticCustomError("decimal", "is not a number")
    if isinstance(value, int) and abs(value) >= _MOST_MINOR:
        raise PydanticCustomError("decimal", "is too large a number")
    text = str(value).strip()
    if _DECIMAL.fullmatch(text):
        return text
    try:
        number = Decimal(text)
        plain = format(number, "f") if number.is_finite() and abs(number.adjusted()) < 16 else ""
    except InvalidOperation:
        plain = ""
    if not _DECIMAL.fullmatch(plain):
        raise PydanticCustomError("decimal", "is not a number of usual size")
    return plain


def link(value: object) -> str:
    """Keep an http or https address of bounded length; anything else is no address and becomes empty."""
    if isinstance(value, str) and len(value) <= LINK_LENGTH and _LINK.fullmatch(value):
        return value
    return ""


Moment = Annotated[datetime, BeforeValidator(moment)]
Day = Annotated[date, BeforeValidator(day)]
Link = Annotated[str, BeforeValidator(link)]
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Short = Annotated[str, StringConstraints(max_length=60)]
Word = Annotated[str, StringConstraints(max_length=100)]
Name = Annotated[str, StringConstraints(max_length=200)]
Title = Annotated[str, StringConstraints(max_length=300)]
Remark = Annotated[str, StringConstraints(max_length=500)]
Text = Annotated[str, StringConstraints(max_length=LONG_TEXT)]
Quantity = Annotated[str, BeforeValidator(_decimal), StringConstraints(max_length=24)]
Rate = Annotated[str, BeforeValidator(_decimal), StringConstraints(max_length=12)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class Money(BaseModel):
    """An amount in minor units of an ISO 4217 currency."""

    model_config = ConfigDict(extra="ignore")

    amount_minor: Annotated[int, Field(strict=True, gt=-_MOST_MINOR, lt=_MOST_MINOR)]
    currency: Currency


class Address(Part):
    """A postal address; every line may be empty."""

    line1: Name = ""
    line2: Name = ""
    city: Name = ""
    region: Name = ""
    postal_code: Short = ""
    country: Short = ""


class Phone(Part):
    """A telephone number and what it is (mobile, work …)."""

    kind: Short = ""
    number: Short


Emails = Annotated[list[Annotated[str, StringConstraints(max_length=254)]], Field(max_length=50)]
Phones = Annotated[list[Phone], Field(max_length=50)]
