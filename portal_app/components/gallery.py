"""Photos as a grid of thumbnails, each of which opens the whole picture over the full screen.

There one swipes (the browser's own scrolling), or uses the arrows; without the script a thumbnail is a link to its
picture. gallery.js opens it and keeps the count; only pages with photos load that.
"""

from dataclasses import dataclass, field
from typing import Any

import reflex as rx

from portal_app.components.dialogs import closes
from portal_app.components.icons import icon
from portal_app.components.links import plain_link
from portal_app.components.lists import empty


@dataclass(frozen=True)
class Photo:
    """One picture: addresses of the small and the whole one, what is on it (`alt`), and its caption, if any.

    `download` is where it can be had to keep, empty where it may only be looked at. `place` counts from 0 over all
    photos of a gallery in groups.
    """

    key: str = ""
    thumb: str = ""
    full: str = ""
    alt: str = ""
    caption: str = ""
    download: str = ""
    place: int = 0


@dataclass(frozen=True)
class PhotoGroup:
    """Photos that belong together, such as those of one visit."""

    key: str = ""
    title: str = ""
    photos: list[Photo] = field(default_factory=list)


def gallery(
    photos: rx.vars.ArrayVar[list[Photo]], gallery_id: rx.Var[str] | str, label: rx.Var[str] | str
) -> rx.Component:
    """Return the thumbnails and the viewer they open; `label` names both, such as `Photos of 12 November`."""
    viewer = f"{gallery_id}-viewer"
    grid = rx.el.ul(
        rx.foreach(photos, lambda photo, place: _thumb(photo, place, viewer)), class_name="gallery", aria_label=label
    )
    return rx.fragment(
        _script(),
        rx.cond(
            photos.length() > 0,
            rx.fragment(grid, _viewer(rx.foreach(photos, _slide), viewer, label)),
            empty("image", "No photos yet", "What we photograph on a visit appears here."),
        ),
    )


def grouped_gallery(groups: rx.vars.ArrayVar[list[PhotoGroup]], gallery_id: str, label: str) -> rx.Component:
    """Return the thumbnails by group, and one viewer that goes through all of them; one group needs no title."""
    viewer = f"{gallery_id}-viewer"
    # Known only where there are several, and a heading only then.
    several = groups.length() > 1

    def one(group: rx.vars.ObjectVar[PhotoGroup]) -> rx.Component:
        return rx.el.div(
            rx.cond(several, rx.el.h3(group.title)),
            rx.el.ul(
                rx.foreach(group.photos, lambda photo: _thumb(photo, photo.place, viewer)),
                class_name="gallery",
                aria_label=rx.cond(several, f"{label}, {group.title}", label),
            ),
            key=group.key,
            class_name="stack-s",
        )

    slides = rx.foreach(groups, lambda group: rx.fragment(rx.foreach(group.photos, _slide), key=group.key))
    return rx.fragment(
        _script(), rx.el.div(rx.foreach(groups, one), class_name="stack"), _viewer(slides, viewer, label)
    )


def _script() -> rx.Component:
    return rx.el.script(src="/gallery.js", custom_attrs={"async": True})


def _thumb(photo: rx.vars.ObjectVar[Photo], place: rx.Var[int], viewer: rx.Var[str] | str) -> rx.Component:
    return rx.el.li(
        plain_link(
            rx.el.img(src=photo.thumb, alt=photo.alt, width="480", height="360", loading="lazy"),
            rx.cond(photo.caption != "", rx.el.span(photo.caption, class_name="cap", aria_hidden="true")),
            address=photo.full,
            aria_haspopup="dialog",
            custom_attrs={"data-views": viewer, "data-at": place},
        ),
        key=photo.key,
    )


def _slide(photo: rx.vars.ObjectVar[Photo]) -> rx.Component:
    return rx.el.li(
        rx.el.img(src=photo.full, alt=photo.alt, loading="lazy"),
        key=photo.key,
        custom_attrs={"data-caption": photo.caption, "data-download": photo.download},
    )


def _viewer(slides: rx.Component, viewer: rx.Var[str] | str, label: rx.Var[str] | str) -> rx.Component:
    return rx.el.dialog(
        rx.el.div(
            # gallery.js says here which picture it is, with its caption.
            rx.el.p(role="status", class_name="text num grow"),
            _button("x", "Close", closes(viewer)),
            class_name="viewer-bar",
        ),
        rx.el.ul(slides, tab_index=0, aria_label=label, class_name="viewer-track"),
        rx.el.div(
            _button("chevron-left", "Previous", {"data-steps": "-1"}),
            # gallery.js gives it the address of the picture that is shown, and shows it where there is one.
            rx.el.span(
                plain_link(icon("download"), "Download", address="#", download="", class_name="btn btn-quiet"),
                hidden=True,
                custom_attrs={"data-keep": ""},
            ),
            _button("chevron-right", "Next", {"data-steps": "1"}),
            class_name="viewer-bar",
        ),
        id=viewer,
        class_name="viewer",
        aria_label=label,
    )


def _button(icon_name: str, word: str, attributes: dict[str, Any]) -> rx.Component:
    return rx.el.button(
        icon(icon_name),
        rx.el.span(word, class_name="sr"),
        type="button",
        class_name="btn btn-icon",
        custom_attrs=attributes,
    )
