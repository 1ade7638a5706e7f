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


class Faq(PublicRecord, table=True):
    """A question customers ask, with the office's answer in Markdown; shown in the order of `position`."""

    id: int | None = Field(default=None, primary_key=True)
    position: int = Field(index=True)
    question: str = Field(max_length=200)
    answer: str = Field(sa_type=Text)
    shown: bool = True
