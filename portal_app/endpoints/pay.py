"""On to Stripe's page of a try, for the one who began it."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from portal_app import routes
from portal_app.database import reading
from portal_app.endpoints.cookies import own_token
from portal_app.endpoints.network import origin_of
from portal_app.errors import PortalError
from portal_app.gate.middleware import resolve
from portal_app.services import attempts
from portal_app.services.actors import Customer
from portal_app.services.rights import Right


def go(request: Request) -> Response:
    """Lead to Stripe's page where it is still open, else to the payment's own page; 303 to sign-in for strangers."""
    public_id = request.path_params["attempt"]
    actor = resolve(own_token(request), origin_of(request))
    if not isinstance(actor, Customer):
        return _to(routes.login(routes.payment(public_id)))
    try:
        actor.require(Right.PAY)
        with reading() as session:
            attempt = attempts.of_actor(session, actor, public_id)
            url = attempt.checkout_url if attempt.state in (attempts.OPEN, *attempts.WAITING) else ""
    except PortalError:
        url = ""
    return _to(url or routes.payment(public_id))


def _to(address: str) -> Response:
    return RedirectResponse(address, 303, headers={"cache-control": "no-store", "referrer-policy": "no-referrer"})


ROUTES = [Route(routes.checkout("{attempt}"), go, methods=["GET"])]
