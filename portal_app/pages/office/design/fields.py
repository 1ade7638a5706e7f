"""The parts that are filled in."""

import reflex as rx

from portal_app.components import controls
from portal_app.components.forms import field, password_input, text_input
from portal_app.components.icons import icon
from portal_app.components.links import app_link
from portal_app.components.writing import text_area
from portal_app.pages.office.design.views import HERE

LONGEST = 2000
WHEN = (("am", "Any weekday morning"), ("pm", "Any weekday afternoon"))


def fields(theme: rx.Var[str]) -> rx.Component:
    """Return fields as they are: for a search, empty, with a hint, wrong, out of use, secret, long, side by side."""
    plain, wrong, off, secret, long = (f"{theme}-{name}" for name in ("town", "amount", "email", "password", "note"))
    first, last = f"{theme}-first", f"{theme}-last"
    problem = rx.Var.create("The smallest part payment is £50.00.")
    cut = rx.Var.create("This note is too long: at most 2,000 letters.")
    amount = text_input(wrong, described=True, error=problem, default_value="20.00", input_mode="decimal")
    return rx.el.div(
        rx.el.div(
            rx.el.label("Search", html_for=f"{theme}-search", class_name="sr"),
            icon("search"),
            rx.el.input(id=f"{theme}-search", type="search", class_name="input input-s", placeholder="Name or e-mail"),
            class_name="input-icon",
        ),
        field("Town", text_input(plain, placeholder="Bath"), control_id=plain),
        field("Amount", amount, control_id=wrong, hint="Part payments are welcome.", error=problem),
        field("E-mail", text_input(off, default_value="sarah@example.com", disabled=True), control_id=off),
        field(
            "Password",
            password_input(secret, auto_complete="off"),
            control_id=secret,
            aside=app_link("Forgotten it?", address=HERE, class_name="text"),
        ),
        field(
            "Note",
            text_area(long, rows=3, error=cut, max_length=LONGEST + 1000),
            control_id=long,
            hint="The office reads it.",
            error=cut,
        ),
        rx.el.div(
            field("From", text_input(first), control_id=first),
            field("Until", text_input(last), control_id=last),
            class_name="two-fields",
        ),
        rx.el.p(icon("check", small=True), "White words on your colour read well, 7.9 to 1", class_name="check"),
        class_name="stack",
    )


def lists_and_days(theme: rx.Var[str]) -> rx.Component:
    """Return lists to choose from and days: as they are, wrong, and out of use."""
    when, late, never, day, past, fixed = (
        f"{theme}-{name}" for name in ("when", "late", "never", "day", "past", "fixed")
    )
    problem, gone = rx.Var.create("Nobody is free then. Please choose another."), rx.Var.create("That day has passed.")
    return rx.el.div(
        field(
            "When suits you",
            controls.select_input(when, WHEN, hinted=True),
            control_id=when,
            hint="We confirm the day by e-mail.",
        ),
        field("When else", controls.select_input(late, WHEN, error=problem), control_id=late, error=problem),
        field("Who comes", controls.select_input(never, (("", "Whoever is free"),), disabled=True), control_id=never),
        field(
            "Which day",
            controls.date_input(day, first="2026-11-23", last="2027-11-23", default_value="2026-11-28"),
            control_id=day,
        ),
        field(
            "Which other day",
            controls.date_input(past, described=True, error=gone, default_value="2026-11-02"),
            control_id=past,
            hint="From tomorrow on.",
            error=gone,
        ),
        field(
            "Set by the office",
            controls.date_input(fixed, disabled=True, default_value="2026-11-28"),
            control_id=fixed,
        ),
        class_name="stack",
    )


def choices(theme: rx.Var[str]) -> rx.Component:
    """Return switches, ticks and choices: on, off and out of use."""
    one, two, three = f"{theme}-contact", f"{theme}-card", f"{theme}-way"
    return rx.el.div(
        controls.switch(f"{theme}-s1", "Text me when somebody is on the way", default_checked=True),
        controls.switch(f"{theme}-s2", "Mail me the monthly letter"),
        controls.switch(f"{theme}-s3", "Set by the office", disabled=True),
        controls.switch(f"{theme}-s4", "On, and set by the office", disabled=True, default_checked=True),
        controls.tick(f"{theme}-t1", "Keep me signed in", default_checked=True),
        controls.tick(f"{theme}-t2", "Send a copy to the bookkeeper"),
        controls.tick(f"{theme}-t3", "Not yours to choose", disabled=True),
        controls.tick(f"{theme}-t4", "Chosen for you", disabled=True, default_checked=True),
        rx.el.div(
            controls.choice(one, "mail", "By e-mail", "sarah@example.com", default_checked=True),
            controls.choice(one, "text", "By text", "07700 900 123"),
            class_name="choices",
            role="radiogroup",
            aria_label="How we reach you",
        ),
        rx.el.fieldset(
            rx.el.legend("How it gets there", class_name="label"),
            controls.choice(three, "copy", "I copy it", "For your own mail", default_checked=True),
            controls.choice(three, "send", "Mail it", "To the address on file", disabled=True),
            class_name="choices two-choices",
        ),
        rx.el.div(
            controls.choice(two, "light", "Light"),
            controls.choice(two, "dark", "Dark", default_checked=True),
            controls.choice(two, "own", "Device’s own"),
            class_name="choices trio",
            role="radiogroup",
            aria_label="Customers start in",
        ),
        class_name="stack-s",
    )


def files(theme: rx.Var[str]) -> rx.Component:
    """Return progress that is known, done and unknown, and a field for files."""
    problem = rx.Var.create("Boiler.txt is no picture. Nothing was kept of it; the others are fine.")
    return rx.el.div(
        controls.progress("Sending photos", done=3, of=10, words="3 of 10"),
        controls.progress("Sent", done=10, of=10, words="10 of 10"),
        controls.progress("Asking the bank", done=None),
        controls.file_drop(
            f"{theme}-photos", "Choose photos or drop them here", "JPEG or PNG, at most 10 MB each.", kinds="image/*"
        ),
        controls.file_drop(f"{theme}-wrong", "Choose photos", "JPEG or PNG.", kinds="image/*", error=problem),
        rx.el.ul(
            rx.el.li(rx.el.p("IMG_2041.jpg: Added.", class_name="text muted")),
            rx.el.li(rx.el.p("Boiler.txt: This file is no picture.", class_name="text problem")),
            class_name="stack-s",
        ),
        controls.file_drop(f"{theme}-full", "No more photos", "There are ten already.", disabled=True),
        class_name="stack",
    )
