"""The parts that only say something: type, badges, notices, faces, and what stands where nothing is yet."""

import reflex as rx

from portal_app import routes
from portal_app.components.icons import icon
from portal_app.components.lists import empty, notice, skeleton_rows
from portal_app.components.loading import BROKEN, DENIED, FAILED, LOST, MISSING, Trouble, loaded_page
from portal_app.components.records import badge
from portal_app.components.rich_text import preview, rich_text

TONES = (
    ("Scheduled", "scheduled"),
    ("On the way", "on-the-way"),
    ("In progress", "in-progress"),
    ("Complete", "complete"),
    ("Overdue", "overdue"),
    ("With your bank", "processing"),
    ("Off", "off"),
)
NOTICES = (
    ("complete", "circle-check", "Thank you. £240.00 is paid and the receipt is on its way to sarah@example.com."),
    ("processing", "landmark", "£240.00 has been with your bank since Tuesday, expected by 28 November."),
    ("overdue", "circle-alert", "Your bank sent the payment back. Nothing was taken, and invoice 2291 is open again."),
    ("brand", "eye", "You see the portal as Sarah does. You cannot pay or approve here."),
)
TROUBLES = (
    (DENIED, "Ask whoever looks after your account to let you see invoices."),
    (LOST, MISSING),
    (BROKEN, FAILED),
)
SIZES = (
    ("40/44", "£240.00", "amount amount-l"),
    ("28/36", "£240.00", "amount"),
    ("20/28", "Waiting for you", "visit-day"),
    ("17/24", "Body and fields. Dave has finished in Larkhall.", ""),
    ("15/24", "Interface and tables. You chose Wednesday.", "text muted"),
    ("13/20", "Captions. Told at 10:42.", "small faint"),
)
PROSE = (
    "<h3>What we guarantee</h3>"
    "<p>Two years on <strong>our own work</strong>:</p><ul><li>labour,</li><li>parts we fitted.</li></ul>"
    "<ol><li>Ring us.</li><li>We come within a week.</li></ol><blockquote><p>As the law has it.</p></blockquote>"
    '<p>More under <a href="/office/design">every part</a>.</p>'
)


def typography(_theme: rx.Var[str]) -> rx.Component:
    """Return the six sizes of type, each with its size and line in px, and the tones of ink."""
    return rx.el.div(*[_size(*one) for one in SIZES], class_name="stack")


def _size(pixels: str, words: str, class_name: str) -> rx.Component:
    return rx.el.div(
        rx.el.p(words, class_name=f"grow {class_name}"),
        rx.el.span(pixels, class_name="small faint num"),
        class_name="row",
    )


def answers(theme: rx.Var[str]) -> rx.Component:
    """Return formatted words: as a question shut and open, and as a preview; and what is said without a connection."""
    return rx.el.div(
        rx.el.div(
            _answer(f"{theme}-q1", "How can I pay?", opened=False),
            _answer(f"{theme}-q2", "Do you guarantee your work?", opened=True),
            class_name="card questions",
        ),
        preview(rx.Var.create(PROSE)),
        rx.el.p("No connection. What you see may be out of date.", class_name="offline-notice in-pane"),
        class_name="stack",
    )


def _answer(name: rx.Var[str] | str, question: str, *, opened: bool) -> rx.Component:
    return rx.el.details(
        rx.el.summary(rx.el.h3(question), icon("chevron-down", small=True)),
        rx.el.div(rich_text(PROSE), class_name="answer"),
        id=name,
        open=opened,
    )


def badges(_theme: rx.Var[str]) -> rx.Component:
    """Return every state in a word, filled and bare, and counts."""
    every = [badge(rx.Var.create(word), rx.Var.create(tone)) for word, tone in TONES]
    return rx.el.div(
        rx.el.div(*every, class_name="row wrapline row-tight"),
        rx.el.div(*every, class_name="row wrapline row-tight bare-badge"),
        rx.el.div(
            rx.el.span("3", class_name="count"),
            rx.el.span("12", class_name="count count-quiet"),
            rx.el.span("Pay", class_name="right-tag"),
            class_name="row",
        ),
        class_name="stack",
    )


def notices(_theme: rx.Var[str]) -> rx.Component:
    """Return a notice in every tone."""
    return rx.el.div(*[notice(text, tone, icon) for tone, icon, text in NOTICES], class_name="stack-s")


def avatars(_theme: rx.Var[str]) -> rx.Component:
    """Return faces in every size, and one with a picture."""
    return rx.el.div(
        rx.el.span("SW", class_name="avatar avatar-s"),
        rx.el.span("SW", class_name="avatar"),
        rx.el.span("SW", class_name="avatar avatar-m"),
        rx.el.span("SW", class_name="avatar avatar-l"),
        rx.el.span(rx.el.img(src=routes.icon(180), alt="", loading="lazy"), class_name="avatar avatar-l"),
        rx.el.span(icon("wrench"), class_name="disc"),
        rx.el.span(icon("receipt-text"), class_name="disc disc-plain"),
        class_name="row wrapline",
    )


def cards(_theme: rx.Var[str]) -> rx.Component:
    """Return a card with a head and one without."""
    head = rx.el.div(
        rx.el.h3("Boiler"),
        rx.el.button(icon("pencil"), "Change", type="button", class_name="btn"),
        class_name="card-head",
    )
    body = rx.el.p("Worcester Greenstar 4000, fitted in 2019.", class_name="card-pad text muted")
    alone = rx.el.p("A card is where one thing ends and the next begins.", class_name="text")
    facts = rx.el.dl(
        rx.el.dt("Paid by", class_name="small muted"),
        rx.el.dd("Visa ending 4242"),
        rx.el.dt("Receipt", class_name="small muted"),
        rx.el.dd("R-1042"),
        class_name="plain-facts text",
    )
    return rx.el.div(
        rx.el.div(head, body, class_name="card"),
        rx.el.div(alone, class_name="card card-pad"),
        rx.el.div(facts, class_name="card card-pad"),
        class_name="stack",
    )


def waiting(_theme: rx.Var[str]) -> rx.Component:
    """Return an empty list, one with a next step, a search that found nothing, and a list that is still loading."""
    ask = rx.el.button("Ask for a visit", type="button", class_name="btn btn-primary")
    nothings = (
        empty("receipt-text", "No invoices yet", "When we finish a job its invoice appears here."),
        empty("calendar", "No visit planned", "Tell us what you need and when it suits you.", ask),
        empty("search-x", "Nobody is found by that", "Try fewer letters, or another filter."),
    )
    return rx.el.div(
        *[rx.el.div(one, class_name="card") for one in nothings],
        skeleton_rows(2),
        rx.el.div(class_name="visit-skeleton", aria_hidden="true"),
        class_name="stack",
    )


def troubles(_theme: rx.Var[str]) -> rx.Component:
    """Return what a page shows instead of itself: denied, not found, and broken with another try."""
    return rx.el.div(*[_trouble(kind, sentence) for kind, sentence in TROUBLES], class_name="stack")


def _trouble(kind: str, sentence: str) -> rx.Component:
    trouble = rx.Var.create(Trouble(kind, sentence)).to(Trouble)
    nothing = rx.fragment()
    return loaded_page(trouble, rx.Var.create(False), content=nothing, skeleton=nothing, again=[])
