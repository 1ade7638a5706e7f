"""`GET /healthz`: is the portal able to serve, and how fresh is what it shows."""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from portal_app import routes
from portal_app.services import health


def healthz(_request: Request) -> JSONResponse:
    """Answer 200 when people can be served (`ok` or `degraded`), 503 when database or migration are wrong."""
    report = health.report()
    return JSONResponse(report.as_dict(), status_code=report.http_status, headers={"cache-control": "no-store"})


ROUTES = [Route(routes.HEALTH, healthz, methods=["GET"])]
