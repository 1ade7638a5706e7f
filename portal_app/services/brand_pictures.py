"""The business's logo, its logo for the dark, and its cover: which files stand for them, and who may change that."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from portal_app import clock
from portal_app.errors import Invalid
from portal_app.models import BrandPicture, PaperLook
from portal_app.services import activity, business
from portal_app.services.access import require_office
from portal_app.services.actors import Actor
from portal_app.services.business import PICTURE_KINDS, Picture
from portal_app.services.rights import Permission

MOST_BYTES = 8 * 1024 * 1024
SENTENCES = {
    "saved": "Saved. Pages show it when they are next opened, e-mails from now on.",
    "removed": "Taken away. Pages show it when they are next opened.",
    "none": "Please choose a picture first.",
    "large": "This file is larger than 8 MB. Please choose a smaller one; a picture 3,000 pixels wide is plenty.",
    "pixels": "This picture has more than 40 megapixels. Please make it smaller; 3,000 pixels wide is plenty.",
    "small": "This picture is too small: a logo needs at least 16 pixels each way, a cover 320 by 160.",
    "thin": "This logo is too long and thin to be read. Please choose one at most 20 times as long as it is high.",
    "unseen": "Nothing can be seen in this picture: it is transparent all over, or white. Please choose another.",
    "unknown": "This file is no picture that we can read. Please choose a PNG, JPEG, WebP or SVG file.",
    "damaged": "This picture is damaged or did not arrive whole. Please try it again, or save it anew.",
    "drawing": "This drawing (SVG) has parts that we cannot use. Please save it as a plain SVG, or as a PNG.",
    "busy": "Another picture is being worked on just now. Please try again in a moment.",
    "gone": "There is no picture to change any more. Please upload one.",
    "failed": "The picture could not be kept. The one before it still stands.",
}


class PictureRefused(Invalid):
    """The picture cannot be used; `word` is the key of its sentence in SENTENCES."""

    def __init__(self, word: str) -> None:
        super().__init__(SENTENCES[word])
        self.word = word


@dataclass(frozen=True, slots=True)
class Kept:
    """The pictures as the office sees them; None where there never was one."""

    logo: Picture | None = None
    logo_dark: Picture | None = None
    cover: Picture | None = None


def get(session: Session, actor: Actor) -> Kept:
    """Return what there is, for those who may change it."""
    require_office(actor, Permission.CHANGE_SETTINGS)
    return Kept(**business.pictures(session))


def keep(session: Session, actor: Actor, kind: str, picture: Picture) -> None:
    """Let a picture whose files are in place be the business's own from now on; one without a digest takes it away."""
    require_office(actor, Permission.CHANGE_SETTINGS)
    if kind not in PICTURE_KINDS:
        raise Invalid("There is no such picture.")
    row = session.get(BrandPicture, kind) or BrandPicture(kind=kind, digest="", width=0, height=0)
    for name in Picture.__slots__:
        setattr(row, name, getattr(picture, name))
    row.changed_at = clock.now()
    session.add(row)
    about = business.get(session)
    activity.record(
        session, actor, "business.changed", subject=("business", about.id if about else None), facts={"kind": kind}
    )
    session.flush()


def digests(session: Session) -> set[str]:
    """Return the folders that are in use: those of today's pictures, and of logos that issued papers bear."""
    issued = session.exec(select(col(PaperLook.logo)).distinct())
    return {digest for digest in (*session.exec(select(col(BrandPicture.digest))), *issued) if digest}
