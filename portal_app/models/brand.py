"""The business's own pictures and words, beside what stands on `Business` itself."""

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field

from portal_app import clock
from portal_app.models.base import PublicRecord, Stamped


class BrandPicture(Stamped, table=True):
    """A picture of the business: `kind` is logo, logo_dark or cover.

    `digest` (SHA-256 of what was uploaded and how it is cut) names the folder of the files made from it, and is empty
    once the picture was taken away; `width` and `height` are those of the largest, in pixels. `focal_x` and `focal_y`
    (percent from the left and the top) stay in sight when a cover is cut.
    """

    kind: str = Field(primary_key=True, max_length=16)
    digest: str = Field(max_length=64)
    width: int
    height: int
    focal_x: int = 50
    focal_y: int = 50
    changed_at: datetime = Field(default_factory=clock.now)


class PaperLook(Stamped, table=True):
    """How papers of the business looked from some moment on; what was issued then keeps it.

    `accent` is the colour they were printed in, `footer` what stood below; `zone` decides their days, `locale` and
    `country` how they are written. `logo` is the digest of a BrandPicture's files, empty for one that was taken away,
    None where there never was one.
    """

    id: int | None = Field(default=None, primary_key=True)
    accent: str = Field(max_length=7)
    locale: str = Field(max_length=16)
    country: str = Field(max_length=2)
    zone: str = Field(max_length=64)
    footer: str = Field(max_length=600)
    logo: str | None = Field(default=None, max_length=64)


class Faq(PublicRecord, table=True):
    """A question customers ask, with the office's answer in Markdown; shown in the order of `position`."""

    id: int | None = Field(default=None, primary_key=True)
    position: int = Field(index=True)
    question: str = Field(max_length=200)
    answer: str = Field(sa_type=Text)
    shown: bool = True
