"""Two pages, each with one handler that makes some trivial queries; nothing stands before them."""

import asyncio
import os
import sqlite3
from functools import lru_cache

import reflex as rx
from reflex.istate.manager.token import BaseStateToken
from sqlalchemy import Engine
from sqlmodel import Field, Session, SQLModel, create_engine, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

DATABASE = os.environ["BLANK_DATABASE"]
QUERIES = int(os.environ["BLANK_QUERIES"])


class Number(SQLModel, table=True):
    """A row to read by its key."""

    id: int = Field(primary_key=True)
    value: int


@lru_cache(maxsize=1)
def engine() -> Engine:
    """Return this process's engine."""
    return create_engine(f"sqlite:///{DATABASE}")


def trivial_queries() -> int:
    """Make the queries with SQLModel, as Reflex apps do, and return the sum of what they found."""
    with Session(engine()) as session:
        numbers = range(1, QUERIES + 1)
        return sum(session.exec(select(Number).where(Number.id == number)).one().value for number in numbers)


def bare_queries() -> int:
    """Make the queries with nothing but SQLite's driver."""
    database = sqlite3.connect(DATABASE)
    try:
        query = "SELECT value FROM number WHERE id = ?"
        return sum(database.execute(query, (number,)).fetchone()[0] for number in range(1, QUERIES + 1))
    finally:
        database.close()


class BlankState(rx.State):
    """One number to load, and one to push."""

    total: rx.Field[int] = rx.field(-1)
    pushed: rx.Field[int] = rx.field(0)

    @rx.event
    async def load(self) -> None:
        """Make the queries and show their sum."""
        self.total = await asyncio.to_thread(trivial_queries)

    @rx.event
    async def load_bare(self) -> None:
        """Make the bare queries and show their sum."""
        self.total = await asyncio.to_thread(bare_queries)


async def push(request: Request) -> PlainTextResponse:
    """Change one value on an open page, as a live feed does."""
    token = request.path_params["token"]
    async with app.modify_state(BaseStateToken(ident=token, cls=BlankState)) as root:
        page = await root.get_state(BlankState)
        page.pushed += 1
    return PlainTextResponse("pushed")


def page() -> rx.Component:
    """Show both numbers."""
    return rx.el.p(BlankState.total, BlankState.pushed)


app = rx.App(api_transformer=Starlette(routes=[Route("/push/{token}", push, methods=["POST"])]))
app.add_page(page, route="/", on_load=BlankState.load)
app.add_page(page, route="/bare", on_load=BlankState.load_bare)
