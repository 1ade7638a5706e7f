"""One recurring plan: its rhythm, when somebody comes next, what is planned and what was done."""

import reflex as rx

from portal_app import routes
from portal_app.components.icons import icon
from portal_app.components.links import app_link
from portal_app.components.lists import empty, section, skeleton_rows
from portal_app.components.loading import arriving, loaded_page, loading_word
from portal_app.components.records import RecordRow, badge, record_rows, show_more
from portal_app.components.shell import customer_shell
from portal_app.pages.plan.state import PlanState


def plan_page() -> rx.Component:
    """Return the page."""
    plan = PlanState.plan
    return customer_shell(
        rx.el.div(
            app_link(icon("chevron-left", small=True), "Jobs", address=routes.JOBS, class_name="back"),
            arriving(
                PlanState.loaded,
                rx.el.div(
                    rx.el.h1(rx.cond(plan.title != "", plan.title, "Plan")),
                    rx.cond(plan.sub != "", rx.el.p(plan.sub, class_name="text muted")),
                    class_name="page-head",
                ),
                loaded_page(
                    PlanState.trouble,
                    PlanState.loaded,
                    content=_content(),
                    skeleton=rx.el.div(skeleton_rows(1), skeleton_rows(4), loading_word(), class_name="stack-l"),
                    again=PlanState.load,
                    back=("All your jobs", routes.JOBS),
                ),
            ),
            class_name="wrap page narrow",
        ),
        current=routes.JOBS,
    )


def _content() -> rx.Component:
    plan = PlanState.plan
    return rx.el.div(
        rx.el.section(
            rx.el.div(
                rx.el.h2(plan.when, id="next"),
                rx.el.div(rx.cond(plan.badge != "", badge(plan.badge, plan.tone)), role="status", aria_live="polite"),
                class_name="between",
            ),
            rx.el.p(plan.counted, class_name="text muted"),
            class_name="card card-pad stack-s",
            aria_labelledby="next",
        ),
        rx.cond(
            plan.coming.length() > 0,
            section("To come", record_rows(plan.coming.to(list[RecordRow])), section_id="coming"),
        ),
        section(
            "So far",
            rx.cond(
                plan.past.length() > 0,
                record_rows(plan.past.to(list[RecordRow])),
                rx.el.div(
                    empty("history", "Nothing yet", "Each visit stays here, with what was done."), class_name="card"
                ),
            ),
            show_more("Show earlier", plan.next, PlanState.show_earlier(plan.next)),
            section_id="past",
        ),
        class_name="stack-l",
    )
