"""Photos as a grid of thumbnails, each of which opens the whole picture over the full screen.

There one swipes (the browser's own scrolling), or uses the arrows; without the script a thumbnail is a link to its
picture. gallery.js opens it and keeps the count; only pages with photos load that.
"""

from dataclasses import dataclass

import reflex as rx

from portal_app.components.dialogs import closes
from portal_app.components.icons import icon
from portal_app.components.links import plain_link
from portal_app.components.lists import empty


@dataclass(frozen=True)
class Photo:
    """One picture: addresses of the small and the large one, what is on it (`alt`), and its caption, if any."""

    key: str = ""
    thumb: str = ""
    full: str = ""
    alt: str = ""
    caption: str = ""


def gallery(
    photos: rx.vars.ArrayVar[list[Photo]], gallery_id: rx.Var[str] | str, label: rx.Var[str] | str
) -> rx.Component:
    """Return the thumbnails and the viewer they open; `label` names both, such as `Photos of 12 November`."""
    viewer = f"{gallery_id}-viewer"
    grid = rx.el.ul(
        rx.foreach(photos, lambda photo, place: _thumb(photo, place, viewer)), class_name="gallery", aria_label=label
    )
    return rx.fragment(
        rx.el.script(src="/gallery.js", custom_attrs={"async": True}),
        rx.cond(
            photos.length() > 0,
            rx.fragment(grid, _viewer(photos, viewer, label)),
            empty("image", "No photos yet", "What we photograph on a visit appears here."),
        ),
    )


def _thumb(photo: rx.vars.ObjectVar[Photo], place: rx.Var[int], viewer: rx.Var[str] | str) -> rx.Component:
    return rx.el.li(
        plain_link(
            rx.el.img(src=photo.thumb, alt=photo.alt, width="480", height="360", loading="lazy"),
            rx.cond(photo.caption != "", rx.el.span(photo.caption, class_name="cap")),
            address=photo.full,
            aria_haspopup="dialog",
            custom_attrs={"data-views": viewer, "data-at": place},
        ),
        key=photo.key,
    )


def _viewer(photos: rx.vars.ArrayVar[list[Photo]], viewer: rx.Var[str] | str, label: rx.Var[str] | str) -> rx.Component:
    pictures = rx.foreach(
        photos,
        lambda photo: rx.el.li(
            rx.el.img(src=photo.full, alt=photo.alt, loading="lazy"),
            key=photo.key,
            custom_attrs={"data-caption": photo.caption},
        ),
    )
    return rx.el.dialog(
        rx.el.div(
            # gallery.js says here which picture it is, with its caption.
            rx.el.p(role="status", class_name="text num grow"),
            _button("x", "Close", closes(viewer)),
            class_name="viewer-bar",
        ),
        rx.el.ul(pictures, tab_index=0, aria_label=label, class_name="viewer-track"),
        rx.el.div(
            _button("chevron-left", "Previous", {"data-steps": "-1"}),
            _button("chevron-right", "Next", {"data-steps": "1"}),
            class_name="viewer-bar",
        ),
        id=viewer,
        class_name="viewer",
        aria_label=label,
    )


def _button(icon_name: str, word: str, attributes: dict[str, str]) -> rx.Component:
    return rx.el.button(
        icon(icon_name),
        rx.el.span(word, class_name="sr"),
        type="button",
        class_name="btn btn-icon",
        custom_attrs=attributes,
    )
