"""The brand's pictures: what is there, another one instead, none at all, and what of a cover stays in sight.

Files go by plain forms straight to `endpoints.brand_upload`; page.js sends one as soon as it is chosen.
"""

import reflex as rx

from portal_app import routes
from portal_app.components.brand_preview import focal_point
from portal_app.components.forms import NativeForm
from portal_app.components.icons import icon
from portal_app.components.lists import notice
from portal_app.pages.office.settings_brand.state import BrandSettingsState
from portal_app.pages.office.settings_brand.views import PictureView
from portal_app.services.brand_pictures import MOST_BYTES

_ACCEPT = "image/png,image/jpeg,image/webp,image/svg+xml"
_FOCUS_FORM = "focus"


def pictures_card() -> rx.Component:
    """Return the three settings."""
    shown = BrandSettingsState.pictures
    logo, logo_dark, cover = (getattr(shown, kind).to(PictureView) for kind in ("logo", "logo_dark", "cover"))
    return rx.el.section(
        _setting(
            "logo",
            "Logo",
            logo,
            _logo(logo, dark=False),
            "SVG, PNG, JPEG or WebP; at least 600 pixels wide looks best. Also in e-mails and as the icon.",
            remove="Use the name instead",
        ),
        _setting(
            "logo_dark",
            "Logo for the dark",
            logo_dark,
            _logo(logo_dark, dark=True),
            "If the logo’s own colours are hard to see on a dark page.",
            remove="Use the same logo",
        ),
        _setting(
            "cover",
            "Cover picture",
            cover,
            _cover(cover),
            "At least 1,600 pixels wide looks best. In the dark it is dimmed.",
            remove="Use a plain colour",
        ),
        id="pictures",
        class_name="card card-pad",
        aria_label="Pictures",
    )


def _setting(
    kind: str, label: str, picture: rx.vars.ObjectVar[PictureView], shown: rx.Component, hint: str, *, remove: str
) -> rx.Component:
    # What a business never gave may still be there from elsewhere; a logo for the dark only counts when given.
    removable = picture.own if kind == "logo_dark" else ~picture.plain
    return rx.el.div(
        rx.el.span(label, class_name="label"),
        shown,
        rx.el.div(
            _upload(kind, label, picture),
            rx.cond(removable, _remove(kind, remove)),
            class_name="row wrapline",
        ),
        rx.el.p(hint, class_name="hint", id=f"{kind}-hint"),
        rx.el.div(_told(kind), role="status", class_name="told"),
        id=f"{kind}-picture",
        class_name="setting",
    )


def _told(kind: str) -> rx.Component:
    shown = BrandSettingsState.pictures
    return rx.cond(
        (shown.about == kind) & (shown.told != ""),
        rx.cond(shown.failed, notice(shown.told, "overdue"), notice(shown.told, "complete", "circle-check")),
    )


def _upload(kind: str, label: str, picture: rx.vars.ObjectVar[PictureView]) -> rx.Component:
    chooser = rx.el.input(
        type="file",
        name="picture",
        id=f"{kind}-file",
        accept=_ACCEPT,
        class_name="sr",
        aria_describedby=f"{kind}-hint",
        custom_attrs={"data-sends": str(MOST_BYTES), "data-large": routes.office_brand(kind, "large")},
    )
    words = rx.el.label(
        icon("upload"),
        rx.cond(picture.own, "Replace", "Upload"),
        rx.el.span(f" {label.lower()}", class_name="sr"),
        html_for=f"{kind}-file",
        class_name="btn",
    )
    return NativeForm.create(
        chooser, words, action=routes.brand_upload(kind), method="post", enc_type="multipart/form-data"
    )


def _remove(kind: str, words: str) -> rx.Component:
    button = rx.el.button(words, type="submit", class_name="btn btn-quiet")
    return NativeForm.create(button, action=routes.brand_remove(kind), method="post")


def _logo(picture: rx.vars.ObjectVar[PictureView], *, dark: bool) -> rx.Component:
    theme = "theme=dark&" if dark else ""
    # A logo of its own for the dark is missing: then the other one stands there, too.
    source = rx.Var.create(f"{routes.BRAND_LOGO}?{theme}v={picture.version}{BrandSettingsState.pictures.logo.version}")
    return rx.el.div(
        rx.el.img(
            src=source,
            alt="The logo as it is",
            class_name="file-picture only-dark" if dark else "file-picture only-light",
        ),
        rx.el.span(picture.size, class_name="small muted"),
        class_name="file between theme-dark" if dark else "file between theme-light",
    )


def _cover(picture: rx.vars.ObjectVar[PictureView]) -> rx.Component:
    source = rx.Var.create(f"{routes.BRAND_COVER}?shape=whole&v={picture.version}")
    # Its room is there before the picture is; as props these would become styles, of which the sheet knows better.
    shape = {"width": picture.width, "height": picture.height}
    seen = rx.el.img(src=source, alt="The cover as it is", custom_attrs=shape)
    ranges = [
        rx.el.label(
            rx.el.span(label, class_name="label"),
            rx.el.input(
                type="range",
                name=name,
                min=0,
                max=100,
                default_value=getattr(picture, name),
                key=f"{name}-{picture.version}",
            ),
            class_name="field",
        )
        for name, label in (("x", "From the left"), ("y", "From the top"))
    ]
    form = NativeForm.create(
        rx.el.p("Always in sight: click on the picture, or", class_name="hint"),
        rx.el.div(*ranges, class_name="two-fields"),
        rx.el.div(rx.el.button("Keep this point in sight", type="submit", class_name="btn")),
        id=_FOCUS_FORM,
        action=routes.brand_focus(),
        method="post",
        class_name="stack-s",
    )
    return rx.cond(
        picture.own,
        rx.el.div(
            rx.el.div(
                seen,
                focal_point(picture.x, picture.y),
                class_name="point-box",
                custom_attrs={"data-points": _FOCUS_FORM},
            ),
            rx.el.span(picture.size, class_name="small muted"),
            form,
            class_name="stack-s",
        ),
        rx.el.div(seen, class_name="point-box plain"),
    )
