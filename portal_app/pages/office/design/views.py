"""What the parts are shown with: a made-up customer's visits, papers and lists."""

from dataclasses import dataclass, field, replace
from typing import Any

from portal_app import routes
from portal_app.components.brand_preview import Colours
from portal_app.components.documents import DocumentRow
from portal_app.components.gallery import Photo
from portal_app.components.invoice_paper import InvoicePaper, PaperLine, PaperSum
from portal_app.components.job_timeline import TrackStep
from portal_app.components.lists import Row
from portal_app.components.office_files import FileRow
from portal_app.components.pay_bar import Offer, PickedView
from portal_app.components.paying import MethodRow
from portal_app.components.property_filter import Choice, PropertyFilter
from portal_app.components.records import RecordRow
from portal_app.components.tables import Chip
from portal_app.components.tabs import Tab
from portal_app.components.visit_card import Step, VisitCard
from portal_app.components.visit_words import STEPS
from portal_app.services import brand_colours, business

HERE = routes.OFFICE_DESIGN
NO_COPY = "The CRM did not give it. We try again by ourselves."


@dataclass(frozen=True)
class TableRow:
    """One row of the sample table."""

    name: str = ""
    initials: str = ""
    town: str = ""
    badge: str = ""
    tone: str = ""
    owed: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Track:
    """A job's timeline, and what it shows."""

    word: str = ""
    steps: list[TrackStep] = field(default_factory=list)


@dataclass(frozen=True)
class Samples:
    """All that the page shows."""

    visits: list[VisitCard] = field(default_factory=list)
    tracks: list[Track] = field(default_factory=list)
    papers: list[InvoicePaper] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    records: list[RecordRow] = field(default_factory=list)
    documents: list[DocumentRow] = field(default_factory=list)
    tabs: list[Tab] = field(default_factory=list)
    chips: list[Chip] = field(default_factory=list)
    table: list[TableRow] = field(default_factory=list)
    photos: list[Photo] = field(default_factory=list)
    no_photos: list[Photo] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    picks: list[RecordRow] = field(default_factory=list)
    bars: list[PickedView] = field(default_factory=list)
    hidden: list[RecordRow] = field(default_factory=list)
    files: list[FileRow] = field(default_factory=list)
    places: PropertyFilter = field(default_factory=PropertyFilter)
    light: Colours = field(default_factory=Colours)
    dark: Colours = field(default_factory=Colours)


def samples() -> Samples:
    """Return one of everything."""
    return Samples(
        visits=_visits(),
        tracks=_tracks(),
        papers=[_paper()],
        photos=_photos(),
        places=PropertyFilter(
            [Choice("all", "All properties", HERE, current=True), Choice("1", "12 Royal Crescent", HERE)], many=True
        ),
        light=_colours(dark=False),
        dark=_colours(dark=True),
        **_to_pay(),
        **_of_the_office(),
        rows=[
            Row("wrench", "Boiler serviced", "Dave finished the work.", "12 Nov", HERE),
            Row("receipt", "Invoice 2291 sent", "£240.00, due on Friday 28 November.", "14 Nov", HERE),
            Row("mail", "A mail without a page of its own", "", "Today"),
        ],
        records=[
            RecordRow("1", "receipt", "Annual boiler service", "Invoice 2291", "£240.00", "To pay", "scheduled", HERE),
            RecordRow("2", "wrench", "Leak under the sink", "12 Royal Crescent", "", "In progress", "in-progress"),
        ],
        documents=[
            DocumentRow("1", "Valve warranty", "PDF, 184 KB · valid until 16 November 2028", href=HERE, keep=True),
            DocumentRow("2", "Gas safety record", "PDF, 90 KB", "Expires in 2 days", "processing", HERE, keep=True),
            DocumentRow("3", "Old gas safety record", "Picture, 2.1 MB", "Expired", "overdue", HERE),
        ],
        tabs=[
            Tab("People", "3", f"{HERE}#people", shown=True),
            Tab("Jobs", "12", f"{HERE}#jobs"),
            Tab("Activity", "", f"{HERE}#activity"),
        ],
        chips=[
            Chip("All", "128", f"{HERE}#all", chosen=True),
            Chip("Invited", "9", f"{HERE}#invited"),
            Chip("Never", "", f"{HERE}#never"),
        ],
        table=[
            TableRow("Sarah Whitcombe", "SW", "Bath", "Active", "complete", "£240.00"),
            TableRow(
                "Marlborough Lettings with a long name",
                "ML",
                "Bradford-on-Avon",
                "Invited",
                "scheduled",
                "–",
                "No e-mail",
            ),
            TableRow("Nora New", "NN", "Frome", "Off", "off", "£1,204.50", "No e-mail address"),
        ],
    )


def _to_pay() -> dict[str, Any]:
    """Return what is offered and what is ticked: with a saved method, without, too much of it."""
    card = MethodRow("pm", "Visa ending 4242")
    unpaid = RecordRow("1", "receipt", "Annual boiler service", "Invoice 2291", "£155.00", "To pay", "scheduled", HERE)
    return {
        "offers": [
            Offer("saved", "Pay £240.00", "Pay another way", first=True, method=card),
            Offer("asking", "Pay £240.00", "", first=True),
            Offer("plain", "Pay £240.00", "", first=True),
        ],
        "picks": [
            replace(unpaid, pick="Pick invoice 2291"),
            replace(unpaid, key="2", sub="Invoice 2290", badge="Overdue", tone="overdue", pick="Pick invoice 2290"),
            replace(unpaid, key="3", sub="Invoice 2288", badge="With your bank", tone="processing"),
        ],
        "bars": [
            PickedView("2 invoices", "£240.00", method=card),
            PickedView("3 invoices", "£325.00"),
            PickedView("4 invoices", "", "These are in different currencies. Please pay them one currency at a time."),
        ],
    }


def _of_the_office() -> dict[str, Any]:
    """Return records that are hidden from the customer and not, and files in each of their states."""
    shown = RecordRow("1", "wrench", "Leak under the sink", "Job 731", "", "Complete", "complete", HERE, what="job")
    photo = FileRow(
        "1", f"{routes.BRAND_COVER}?shape=strip", HERE, "Under the sink", "IMG_2041.jpg", "Photo · 2.1 MB · 12 Nov"
    )
    paper = replace(photo, key="2", thumb="", words="Gas safety record", name="", sub="Document · 90 kB · 12 Nov")
    return {
        "hidden": [shown, replace(shown, key="2", title="Blocked drain", sub="Job 729", hidden=True)],
        "files": [
            replace(photo, state="visible", badge="Visible", tone="complete"),
            replace(paper, state="held", badge="To review", tone="processing"),
            replace(paper, key="3", state="hidden", badge="Hidden", tone="off", expired=True),
            replace(paper, key="4", open="", state="held", badge="To review", tone="processing", trouble=NO_COPY),
        ],
    }


def _colours(*, dark: bool) -> Colours:
    look = business.look()
    made = (brand_colours.dark if dark else brand_colours.light)(look.accent, look.accent_2)
    return Colours(**{name: getattr(made, name) for name in Colours.__dataclass_fields__})


def _photos() -> list[Photo]:
    """Return the business's own cover in its shapes, since a made-up customer has no photos."""
    cover = routes.BRAND_COVER
    return [
        Photo("1", cover, cover, "The cover picture by day", "Before: by day"),
        Photo("2", f"{cover}?theme=dark", f"{cover}?theme=dark", "The cover picture in the dark", "After dark"),
        Photo("3", f"{cover}?shape=tall", f"{cover}?shape=tall", "The cover picture, upright"),
    ]


def _steps(reached: int) -> list[Step]:
    states = ["done" if place < reached else "now" if place == reached else "next" for place in range(len(STEPS))]
    return [Step(label, state) for label, state in zip(STEPS, states, strict=True)]


def _visits() -> list[VisitCard]:
    planned = VisitCard(
        shown=True,
        headline="Dave is coming between 10 and 12",
        href=HERE,
        title="Annual boiler service",
        place="12 Royal Crescent",
        figure="10:00",
        figure_note="earliest arrival",
        window_start="10:00",
        window_end="12:00",
        initials="DM",
        steps=_steps(0),
    )
    moving = replace(
        planned,
        live=True,
        headline="Dave is on the way",
        note="10:42: Finished in Larkhall, with you soon.",
        figure="11:10",
        figure_note="likely arrival",
        told="told at 10:42",
        at="58%",
        steps=_steps(1),
    )
    still = replace(planned, figure="", figure_note="", window_start="", window_end="")
    return [
        replace(still, headline="Somebody is coming", day="Thursday 12 February", initials=""),
        planned,
        moving,
        replace(still, live=True, headline="Dave is here", note="Started at 11:14.", steps=_steps(2)),
        replace(still, headline="Work is paused", note="A part is on its way to us.", steps=_steps(2)),
        replace(still, headline="All done", note="Finished at 12:05.", steps=_steps(4)),
        replace(still, headline="Today’s visit was cancelled", note="You asked for another day.", steps=[]),
    ]


def _tracks() -> list[Track]:
    scheduled = TrackStep("Scheduled", "done", "9 Nov, 14:20", "Thursday 12 November, between 10 and 12")
    way = TrackStep("On the way", "now", "10:31", "Dave is on the way.", "11:10", "Likely arrival", "told at 10:42", "")
    ahead = [
        TrackStep("In progress", "next", text="We start when we are there."),
        TrackStep("Complete", "next", text="What was done will appear here."),
    ]
    return [
        Track("Under way", [scheduled, way, *ahead]),
        Track("On hold", [scheduled, TrackStep("On hold", "now", "11:40", "A part is on its way."), ahead[1]]),
        Track("Cancelled", [scheduled, TrackStep("Cancelled", "stopped", "10:05", "You asked for another day.")]),
    ]


def _paper() -> InvoicePaper:
    return InvoicePaper(
        shown=True,
        heading="Invoice 2291",
        seller="Hartley Heating & Plumbing Ltd",
        seller_lines=["3 Kiln Yard", "Bath BA2 3XX", "VAT number GB 000 0000 00", "01632 960140"],
        number="2291",
        title="Annual boiler service",
        badge="Partly paid",
        tone="processing",
        who=["Sarah Whitcombe", "12 Royal Crescent", "Bath BA1 2LR"],
        place="12 Royal Crescent",
        issued="14 November 2026",
        due="28 November 2026",
        lines=[
            PaperLine("Annual boiler service", "Cleaned, measured, safe.", "1 × £85.00", "1", "£85.00", "£85.00"),
            PaperLine("Diverter valve", "", "2 × £57.50", "2", "£57.50", "£115.00"),
        ],
        sums=[PaperSum("Before VAT", "£200.00"), PaperSum("VAT at 20%", "£40.00")],
        total="£240.00",
        after=[PaperSum("Paid", "£100.00")],
        rest="£140.00",
        left="£140.00",
        terms="Payment within 14 days.\nThank you.",
    )
