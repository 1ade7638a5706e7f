"""The business whose portal this is; one row."""

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field

from portal_app.models.base import Stamped, json_list


class Business(Stamped, table=True):
    """Name, place and words of the business, and what is switched off for everybody.

    `zone` is an IANA name, `locale` a Babel one (`en_GB`), `currency` ISO 4217, `country` ISO 3166.
    `accent` and `accent_2` are the brand's colours, `#rrggbb` or empty for the stylesheet's own.
    `hours` are the opening hours, in the office's own words; `terms` the terms of business in Markdown, `terms_url` an
    address that has them instead. With `portal_open` False only staff and testers come in.
    `rights_off` lists customer rights that are switched off for the whole portal; `link_days` is how long a secure
    link lasts.
    `legal_name`, `address` (line by line), `tax_number` and `company_number` stand on papers, `payment_terms` and
    `paper_footer` below them, and the `bank_…` fields where to transfer money: `bank_code` is a sort code or routing
    number.
    """

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=120)
    zone: str = Field(max_length=64)
    locale: str = Field(max_length=16)
    currency: str = Field(max_length=3)
    country: str = Field(max_length=2)
    phone: str = Field(default="", max_length=40)
    support_email: str = Field(default="", max_length=254)
    welcome: str = Field(default="", max_length=300)
    theme: str = Field(default="system", max_length=8)
    accent: str = Field(default="", max_length=7)
    accent_2: str = Field(default="", max_length=7)
    hours: str = Field(default="", max_length=300)
    terms_url: str = Field(default="", max_length=500)
    terms: str = Field(default="", sa_type=Text)
    portal_open: bool = True
    rights_off: list[str] = json_list()
    link_days: int = 14
    legal_name: str = Field(default="", max_length=200)
    address: str = Field(default="", max_length=400)
    tax_number: str = Field(default="", max_length=60)
    company_number: str = Field(default="", max_length=60)
    payment_terms: str = Field(default="", max_length=600)
    paper_footer: str = Field(default="", max_length=600)
    bank_account_name: str = Field(default="", max_length=120)
    bank_code: str = Field(default="", max_length=40)
    bank_account: str = Field(default="", max_length=40)
    bank_iban: str = Field(default="", max_length=42)
    bank_bic: str = Field(default="", max_length=11)


class SetupToken(Stamped, table=True):
    """The owner's set-up link of an empty installation; only its hash is kept."""

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True, max_length=64)
    expires_at: datetime
    used_at: datetime | None = None
