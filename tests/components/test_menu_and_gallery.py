"""What menus and photos are made of: roles, names, and links that work without a script."""

import reflex as rx

from portal_app.components.gallery import Photo, gallery
from portal_app.components.menu import menu, menu_link, menu_row


def test_a_menu_names_its_button_and_its_rows():
    drawn = str(menu("acts", "More", rows=(menu_row("pencil", "Change"), menu_link("eye", "Look", "/look"))))
    assert 'popoverTarget:"acts"' in drawn.replace(" ", "").replace('["popoverTarget"]', "popoverTarget")
    assert drawn.count('"menuitem"') == 2
    assert '"acts-button"' in drawn
    assert '"menu"' in drawn


def test_photos_are_links_to_the_whole_picture():
    photos = rx.Var.create([Photo("1", "/small", "/large", "A boiler", "Before")]).to(list[Photo])
    drawn = str(gallery(photos, "photos", "Photos"))
    for part in ('"photos-viewer"', "/gallery.js", "No photos yet", "data-at", "data-caption"):
        assert part in drawn, part
