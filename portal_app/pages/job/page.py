"""One job: where it stands, who comes, what was done and found, its visits and papers."""

import reflex as rx

from portal_app import routes
from portal_app.components.documents import DocumentRow, document_rows
from portal_app.components.gallery import PhotoGroup, grouped_gallery
from portal_app.components.icons import icon
from portal_app.components.job_timeline import TrackStep, job_timeline
from portal_app.components.links import app_link
from portal_app.components.lists import notice, section, skeleton_rows
from portal_app.components.loading import arriving, loaded_page, loading_word
from portal_app.components.records import RecordRow, badge, record_rows
from portal_app.components.shell import customer_shell
from portal_app.pages.job.state import JobState
from portal_app.pages.job.views import Finding, PersonView


def job_page() -> rx.Component:
    """Return the page."""
    job = JobState.job
    return customer_shell(
        rx.el.div(
            app_link(icon("chevron-left", small=True), "Jobs", address=routes.JOBS, class_name="back"),
            arriving(
                JobState.loaded,
                rx.el.div(
                    rx.el.h1(rx.cond(job.title != "", job.title, "Job")),
                    rx.cond(job.sub != "", rx.el.p(job.sub, class_name="text muted")),
                    class_name="page-head",
                ),
                loaded_page(
                    JobState.trouble,
                    JobState.loaded,
                    content=_content(),
                    skeleton=rx.el.div(skeleton_rows(4), skeleton_rows(2), loading_word(), class_name="stack-l"),
                    again=JobState.load,
                    back=("All your jobs", routes.JOBS),
                ),
            ),
            class_name="wrap page",
        ),
        current=routes.JOBS,
    )


def _content() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.cond(JobState.problem != "", notice(JobState.problem, "overdue")), role="alert", class_name="told"
        ),
        rx.el.div(
            _now(),
            rx.cond(JobState.job.people.length() > 0, _people()),
            _told(),
            _papers(),
            class_name="job-grid",
        ),
    )


def _now() -> rx.Component:
    job = JobState.job
    return rx.el.section(
        rx.el.div(
            rx.el.h2(job.when, id="now"),
            rx.el.div(badge(job.badge, job.tone), role="status", aria_live="polite"),
            class_name="between wrapline",
        ),
        rx.cond(job.fresh != "", rx.el.p(job.fresh, class_name="text muted", id="fresh")),
        rx.el.div(
            rx.el.div(rx.cond(job.late != "", notice(job.late)), role="status", class_name="told", id="late"),
            job_timeline(job.track.to(list[TrackStep])),
        ),
        class_name="card card-pad stack-m job-a",
        aria_labelledby="now",
    )


def _people() -> rx.Component:
    return rx.el.section(
        rx.el.h2(JobState.job.people_title, id="people", class_name="sr"),
        rx.foreach(JobState.job.people, _person),
        class_name="card job-t",
        aria_labelledby="people",
    )


def _person(person: rx.vars.ObjectVar[PersonView]) -> rx.Component:
    face = rx.cond(person.photo != "", rx.el.img(src=person.photo, alt=""), rx.el.span(person.initials))
    return rx.el.div(
        rx.el.span(face, class_name="avatar avatar-l", aria_hidden="true"),
        rx.el.p(person.name, class_name="item-title grow"),
        class_name="card-pad row",
    )


def _told() -> rx.Component:
    """Return what the office and the technicians wrote."""
    job = JobState.job
    return rx.el.div(
        rx.cond(job.advice.length() > 0, _findings(job.advice_title, "found", job.advice)),
        rx.cond(job.done.length() > 0, _findings("What was done", "done", job.done)),
        rx.cond(job.photos.length() > 0, _photos()),
        rx.cond(job.description != "", _description()),
        rx.cond((job.note != "") | job.may_note, _note()),
        class_name="stack-l job-c",
    )


def _photos() -> rx.Component:
    job = JobState.job
    return rx.el.section(
        rx.el.div(
            rx.el.h2("Photos", id="photos"),
            rx.el.p(job.photos_note, class_name="text muted"),
            class_name="between baseline wrapline",
        ),
        grouped_gallery(job.photos.to(list[PhotoGroup]), "photos", "Photos"),
        class_name="section",
        aria_labelledby="photos",
    )


def _findings(title: rx.Var[str] | str, section_id: str, items: rx.Var[list[Finding]]) -> rx.Component:
    return rx.el.section(
        rx.el.h2(title, id=section_id),
        rx.el.div(rx.el.ul(rx.foreach(items, _finding), class_name="list flush"), class_name="card"),
        class_name="section",
        aria_labelledby=section_id,
    )


def _finding(item: rx.vars.ObjectVar[Finding]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.el.h3(item.title),
                rx.cond(item.badge != "", badge(item.badge, item.tone)),
                rx.cond(item.note != "", rx.el.span(item.note, class_name="text muted money")),
                class_name="between baseline wrapline",
            ),
            rx.cond(item.text != "", rx.el.p(item.text, class_name="text muted as-written")),
            rx.cond(item.asked != "", rx.el.p(item.asked, class_name="small muted")),
            rx.cond(item.ask != "", _ask(item)),
            class_name="card-pad stack-s",
        )
    )


def _ask(item: rx.vars.ObjectVar[Finding]) -> rx.Component:
    return rx.el.div(
        rx.el.button(
            "Ask for a quote",
            rx.el.span(" for ", item.title, class_name="sr"),
            type="button",
            class_name="btn",
            on_click=JobState.ask_for_quote(item.ask),
        )
    )


def _description() -> rx.Component:
    text = rx.el.p(JobState.job.description, class_name="text muted as-written")
    return section("About this job", rx.el.div(text, class_name="card card-pad"), section_id="about")


def _note() -> rx.Component:
    """Return what the customer wrote for every visit to this property."""
    job = JobState.job
    written = rx.fragment(
        rx.el.p(job.note, class_name="text as-written"), rx.el.p(job.note_by, class_name="small muted")
    )
    nothing = rx.el.p("A gate code, a dog, where to park: the office sees it on every visit.", class_name="text muted")
    change = app_link(
        rx.cond(job.note != "", "Change the note", "Write a note"), address=routes.SETTINGS_NOTES, class_name="btn"
    )
    return section(
        "Note for our visits",
        rx.el.div(
            rx.cond(job.note != "", written, nothing),
            rx.cond(job.may_note, rx.el.div(change)),
            class_name="card card-pad stack-s",
        ),
        section_id="note",
    )


def _papers() -> rx.Component:
    job = JobState.job
    return rx.el.div(
        rx.cond(
            job.visits.length() > 0, section("Visits", record_rows(job.visits.to(list[RecordRow])), section_id="visits")
        ),
        rx.cond(
            job.quotes.length() > 0, section("Quotes", record_rows(job.quotes.to(list[RecordRow])), section_id="quotes")
        ),
        rx.cond(
            job.invoices.length() > 0,
            section("Invoices", record_rows(job.invoices.to(list[RecordRow])), section_id="invoices"),
        ),
        rx.cond(
            job.documents.length() > 0,
            section("Documents", document_rows(job.documents.to(list[DocumentRow])), section_id="documents"),
        ),
        class_name="stack-m job-v",
    )
