"""Photos and documents of customers, and what of them customers see."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from portal_app.models.base import FromCrm, PublicRecord, Stamped, crm_unique


class File(PublicRecord, FromCrm, table=True):
    """A photo or document of a visit, a job, a property or a customer; `kind` is photo or document.

    `customer_id` is always given, `job_id` with a visit's file too, `location_id` where the property is known.
    `origin` is office (uploaded) or crm. `name` is what it is called at its source, `caption` the office's own words
    in its place. `sort_at` is what lists are ordered by: when a photo was taken (`taken_at`), else when it came.
    `position` is its place among those of one visit or job. `digest` (SHA-256) names the folder of our copy and is
    empty while there is none; `content_type` and `size` (bytes) are those of the largest copy, `width` and `height`
    its pixels, 0 for what is no picture.
    Customers see it when `state` is visible (not held or hidden) and `offered` is true, the CRM's own word.
    `download` is inherit, view_only or downloadable.
    `said_type` and `said_size` are what the CRM announced and `source_of` the hash of where its bytes are;
    `fetch_at` is when to ask for them (null: nothing to fetch), `fetch_error` why the last time gave none.
    """

    __table_args__ = crm_unique(
        Index(None, "customer_id", "kind", "sort_at", "id"),
        Index(None, "job_id"),
        Index(None, "visit_id"),
        Index(None, "location_id"),
        Index(None, "digest"),
        Index(None, "state", "id"),
        Index(None, "connection_id", "fetch_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    location_id: int | None = Field(default=None, foreign_key="location.id")
    job_id: int | None = Field(default=None, foreign_key="job.id")
    visit_id: int | None = Field(default=None, foreign_key="visit.id")
    kind: str = Field(max_length=16)
    origin: str = Field(default="office", max_length=16)
    name: str = Field(default="", max_length=200)
    caption: str = Field(default="", max_length=300)
    taken_at: datetime | None = None
    sort_at: datetime
    position: int = 0
    state: str = Field(default="visible", max_length=16)
    offered: bool = True
    download: str = Field(default="inherit", max_length=16)
    expires_on: date | None = None
    digest: str = Field(default="", max_length=64)
    content_type: str = Field(default="", max_length=60)
    size: int = Field(default=0, sa_type=BigInteger)
    width: int = 0
    height: int = 0
    added_by: int | None = Field(default=None, foreign_key="staff_member.id")
    said_type: str = Field(default="", max_length=100)
    said_size: int = Field(default=0, sa_type=BigInteger)
    source_of: str = Field(default="", max_length=64)
    fetch_at: datetime | None = None
    fetch_error: str = Field(default="", max_length=300)


class Visibility(Stamped, table=True):
    """What all customers see; one row, and as if all were shown while there is none.

    `hold_new` keeps new files back until the office shows them; `photo_download` is view_only or downloadable.
    `line_prices` are those of an invoice's single lines, `technicians` who comes, with name and photo,
    `descriptions` what stands in a job. Whole kinds other than files are rights (`Business.rights_off`).
    """

    id: int | None = Field(default=None, primary_key=True)
    photos: bool = True
    documents: bool = True
    line_prices: bool = True
    technicians: bool = True
    descriptions: bool = True
    hold_new: bool = False
    photo_download: str = Field(default="downloadable", max_length=16)
