"""The reference CRM as one ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from portal_app.demo.crm import api, commands, faults, files, office, page
from portal_app.demo.crm.context import Crm
from portal_app.demo.crm.problems import answer_http_exception, problem
from portal_app.demo.crm.store import Store

_CONTRACT = [
    Route("/v1/capabilities", api.capabilities),
    Route("/v1/{stream}/ids", api.ids),
    Route("/v1/{stream}", api.listing, methods=["GET"]),
    Route("/v1/{stream}/{external_id:path}", api.single, methods=["GET"]),
    Route("/v1/service-requests/{portal_id}/additions/{addition_id}", commands.put_addition, methods=["PUT"]),
    Route("/v1/{command}/{portal_id}", commands.put, methods=["PUT"]),
]
_CONTROLS = [
    Route("/v1/{stream}", office.create, methods=["POST"]),
    Route("/v1/{stream}/{external_id:path}", office.patch, methods=["PATCH"]),
    Route("/v1/{stream}/{external_id:path}", office.delete, methods=["DELETE"]),
    Route("/faults", faults.show, methods=["GET"]),
    Route("/faults", faults.add, methods=["POST"]),
    Route("/faults", faults.clear, methods=["DELETE"]),
    *page.ROUTES,
]


class ReferenceCrm(Starlette):
    """Starlette with the faults on demand before everything, where uvicorn's connection can be reached."""

    spoilt: faults.FaultyServer | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, by way of the faults in force."""
        if self.spoilt is None or "crm.met" in scope:
            await super().__call__(scope, receive, send)
            return
        scope["crm.met"] = True
        await self.spoilt(scope, receive, send)


def create_app(database_path: Path, token: str = "demo-crm-token", controls: bool = True) -> Starlette:
    """Build the CRM over its SQLite file.

    `controls` adds what is not the contract: the office's own edits, faults on demand, and its page.
    """
    store = Store(database_path)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        store.close()

    routes = [*_CONTRACT, *files.ROUTES, *(_CONTROLS if controls else [])]
    handlers = {HTTPException: answer_http_exception, 500: _answer_failure}
    app = ReferenceCrm(routes=routes, exception_handlers=handlers, lifespan=lifespan)
    app.state.crm = Crm(store, token)
    app.state.faults = faults.FaultBoard(app.state.crm.clock)
    app.spoilt = faults.FaultyServer(app, app.state.faults)
    return app


async def _answer_failure(_: Request, __: Exception) -> Response:
    return problem(500, "Something went wrong in the reference CRM; its terminal says what.")
