"""The composition root: pages, endpoints, gate, delivery, background tasks and error handlers."""

import asyncio
import gc

import reflex as rx
from reflex.utils.prerequisites import get_web_dir
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette

from portal_app import logs, routes
from portal_app.components.resilience import connection_notice, error_boundary
from portal_app.delivery import AsgiApp, Delivery, Site, something_went_wrong
from portal_app.endpoints import (
    account,
    auth,
    brand,
    brand_upload,
    code,
    customer_files,
    file_upload,
    files,
    health,
    installed,
    link,
    office_files,
    papers,
    password,
    pay,
    setup,
    shared,
    stripe_webhook,
    switch,
)
from portal_app.gate import Gate, guard_sockets
from portal_app.pages import NOT_FOUND, PAGES
from portal_app.services import business
from portal_app.settings import get_settings
from portal_app.tasks.bounces import watch_bounces
from portal_app.tasks.crm_files import fetch_crm_files
from portal_app.tasks.crm_poll import crm_poll
from portal_app.tasks.customer_words import customer_words
from portal_app.tasks.housekeeping import keep_house
from portal_app.tasks.live import live_feed
from portal_app.tasks.outbox import send_outbox
from portal_app.tasks.payments import reconcile_payments

_DOORS = (auth, account, code, password, link, shared, switch, setup)
_PAPERS = (files, office_files, papers, customer_files, file_upload)
_CONCERNS = (*_DOORS, brand, brand_upload, installed, *_PAPERS, health, pay, stripe_webhook)
ENDPOINTS = [route for concern in _CONCERNS for route in concern.ROUTES]
ENDPOINT_PREFIXES = (
    "/auth/",
    "/l/",
    routes.SHARED,
    "/setup/",
    "/brand/",
    routes.BRAND_PICTURES,
    routes.THEME_JS,
    routes.BRAND_CSS,
    routes.FILES,
    routes.OFFICE_FILES,
    routes.PAY,
    routes.STRIPE_WEBHOOK,
    "/favicon.ico",
    routes.MANIFEST,
    routes.OFFLINE,
    routes.SERVICE_WORKER,
)
log = logs.get(__name__)


def on_backend_error(exception: Exception) -> None:
    """Log what a handler raised; the page keeps what it shows and the client learns nothing of the inside."""
    log.error("handler_failed", reference=logs.reference(), exc_info=exception)


def on_frontend_error(exception: Exception) -> None:
    """Log what a browser reported, shortened."""
    log.warning("browser_error", report=str(exception)[:500])


def deliver(inner: AsgiApp) -> Delivery:
    """Wrap the whole application."""
    site = Site({page.route: page.audience for page in PAGES}, ENDPOINT_PREFIXES, get_web_dir() / "build" / "client")
    return Delivery(inner, get_settings(), site)


logs.set_up()
app = rx.App(
    stylesheets=["/portal.css"],
    head_components=[
        rx.el.script(src=routes.THEME_JS),
        rx.el.script(src="/page.js"),
        rx.el.link(rel="stylesheet", href=routes.BRAND_CSS),
        rx.el.link(rel="icon", href=routes.BRAND_ICON),
        rx.el.link(rel="apple-touch-icon", href=routes.icon(180)),
        rx.el.link(rel="manifest", href=routes.MANIFEST),
        rx.el.meta(name="robots", content="noindex"),
    ],
    api_transformer=[Starlette(routes=ENDPOINTS, exception_handlers={Exception: something_went_wrong}), deliver],
    app_wraps={
        (55, "ErrorBoundary"): lambda _stateful: error_boundary(),
        (5, "Overlay"): lambda _stateful: connection_notice(),
    },
    toaster=None,
    backend_exception_handler=on_backend_error,
    frontend_exception_handler=on_frontend_error,
)
app.add_middleware(Gate())
guard_sockets(app)
for page in PAGES:
    app.add_page(page.component, route=page.route, title=page.title, on_load=page.on_load)
app.add_page(NOT_FOUND, route="404", title="Not found")


async def _live() -> None:
    await live_feed(app)


async def _keep_out_of_collections() -> None:
    """Leave what was loaded alone from now on: to walk through it takes longer than to show a page, again and again."""
    gc.collect()
    gc.freeze()


async def _know_the_look() -> None:
    """Read the business once, so that the first page of this process that says what went wrong is its own, too."""
    try:
        await asyncio.to_thread(business.look)
    except SQLAlchemyError as error:
        log.warning("look_not_read", exc_info=error)


app.register_lifespan_task(_keep_out_of_collections)
app.register_lifespan_task(_know_the_look)
app.register_lifespan_task(crm_poll)
app.register_lifespan_task(fetch_crm_files)
app.register_lifespan_task(send_outbox)
app.register_lifespan_task(reconcile_payments)
app.register_lifespan_task(watch_bounces)
app.register_lifespan_task(customer_words)
app.register_lifespan_task(_live)
app.register_lifespan_task(keep_house)
