"""The commands a portal sends: each is taken once, whatever happens to its answer."""

import asyncio
import re

from starlette.requests import Request
from starlette.responses import Response

from portal_app.demo.crm import effects, shapes
from portal_app.demo.crm.context import Crm, crm_of
from portal_app.demo.crm.problems import check_token, problem, read_object, refuse
from portal_app.demo.crm.store import STREAMS, Record, Row, dumps

COMMANDS = tuple(shapes.REQUIRED)
ADDITIONS = "service-request-additions"
_PORTAL_ID = re.compile(r"[A-Za-z0-9._~:-]{1,200}")


async def put(request: Request) -> Response:
    """Take one command under the id the portal gave it."""
    crm = crm_of(request)
    check_token(request, crm.token)
    command = request.path_params["command"]
    if command not in COMMANDS or command == ADDITIONS:
        if command in STREAMS:
            refuse(405, "The office owns these records; the portal only reads them.", {"Allow": "GET"})
        refuse(404, "There is no such command.")
    return await _receive(request, crm, command, request.path_params["portal_id"])


async def put_addition(request: Request) -> Response:
    """Take an addition to a service request that was sent before."""
    crm = crm_of(request)
    check_token(request, crm.token)
    if crm.store.command("service-requests", request.path_params["portal_id"]) is None:
        refuse(404, "There is no service request with this id.")
    return await _receive(request, crm, ADDITIONS, request.path_params["addition_id"])


def read_back(crm: Crm, command: str, portal_id: str) -> Row | Response | None:
    """Find what a command made: the record of a stream, or the command itself where there is no such stream."""
    kept = crm.store.command(command, portal_id)
    if kept is None or command == ADDITIONS:
        return None
    if command in STREAMS:
        return crm.store.get(command, kept.external_id) if kept.external_id else None
    shown = {
        "portal_id": kept.portal_id,
        "received_at": crm.clock.shown(kept.received_at),
        "body": kept.body,
        "answer": kept.answer,
    }
    return Response(dumps(shown), media_type="application/json")


async def _receive(request: Request, crm: Crm, command: str, portal_id: str) -> Response:
    _check_key(request, portal_id)
    body = await read_object(request)
    slot = (command, portal_id)
    if slot in crm.running:
        refuse(409, "This command is still being worked on.", {"Retry-After": "1"})
    crm.running.add(slot)
    try:
        # A slow CRM is slow while it works: set by a fault on demand, see faults.py.
        await asyncio.sleep(request.scope.get("crm.hold", 0))
        return _answer(request, crm, command, portal_id, body)
    finally:
        crm.running.discard(slot)


def _answer(request: Request, crm: Crm, command: str, portal_id: str, body: Record) -> Response:
    earlier = crm.store.command(command, portal_id)
    if earlier is not None:
        if earlier.body != body:
            return problem(422, "This id came before with another body; a later fact needs an id of its own.")
        crm.store.count_again(command, portal_id)
        return _json(earlier.answer)
    wrong = shapes.faults_of(command, body)
    if wrong:
        errors = [{"field": name, "detail": said} for name, said in wrong.items()]
        sentence = "; ".join(f"`{name}` {said}" for name, said in wrong.items())
        return problem(400, sentence + ".", errors=errors)
    return _json(_apply_once(request, crm, command, portal_id, body))


def _apply_once(request: Request, crm: Crm, command: str, portal_id: str, body: Record) -> Record:
    received_at = crm.clock.now()
    try:
        with crm.store.transaction():
            answer = effects.apply(crm, command, portal_id, body, request.path_params)
            crm.store.keep_command(command, portal_id, body, answer, received_at)
    except effects.Rejected as refusal:
        answer = {"status": "rejected", "external_id": None, "reason": str(refusal)}
        crm.store.keep_command(command, portal_id, body, answer, received_at)
    return answer


def _check_key(request: Request, portal_id: str) -> None:
    if not _PORTAL_ID.fullmatch(portal_id):
        refuse(400, "The portal's id may hold letters, digits and . _ ~ : - only, 200 at most.")
    key = request.headers.get("idempotency-key", portal_id)
    if key.strip('"') != portal_id:
        refuse(400, "`Idempotency-Key` must be the id in the address.")


def _json(answer: Record) -> Response:
    return Response(dumps(answer), media_type="application/json")
