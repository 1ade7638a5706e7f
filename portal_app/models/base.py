"""What every table shares: names, public ids, stamps, and the columns of records that a CRM owns."""

import re
import secrets
from datetime import datetime
from typing import Any

import sqlalchemy
from sqlalchemy import JSON, Index, UniqueConstraint
from sqlalchemy.orm import declared_attr
from sqlmodel import Field, SQLModel

from portal_app import clock

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def new_public_id() -> str:
    """Return a random id that may be shown in an address; 96 bits, URL-safe, 16 characters."""
    return secrets.token_urlsafe(12)


class Table(SQLModel):
    """The base of every table; its name is the class's own, in snake case."""

    @declared_attr.directive
    @classmethod
    def __tablename__(cls) -> str:  # pyright: ignore[reportIncompatibleVariableOverride] - SQLModel types it narrower
        """Return `visit_status_change` for `VisitStatusChange`."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()


def table_of(model: type[Table]) -> sqlalchemy.Table:
    """Return the table behind a model, for statements that go round its objects."""
    return model.__table__  # type: ignore[attr-defined] - SQLAlchemy adds it


class Stamped(Table):
    """A row that knows when the portal first wrote it (UTC)."""

    created_at: datetime = Field(default_factory=clock.now)


class PublicRecord(Stamped):
    """A row that may be named outside by a random id; row numbers never leave the process."""

    public_id: str = Field(default_factory=new_public_id, unique=True, max_length=24)


class FromCrm(Table):
    """The columns of a record that a CRM may own; all null for a record made in the portal.

    `source_updated_at` is the CRM's own stamp, `content_hash` the hash of what it last said,
    `deleted_at` when it was gone there (rows are never removed).
    """

    connection_id: int | None = Field(default=None, foreign_key="crm_connection.id")
    external_id: str | None = Field(default=None, max_length=200)
    source_updated_at: datetime | None = None
    content_hash: str | None = Field(default=None, max_length=64)
    source_url: str | None = Field(default=None, max_length=2000)
    deleted_at: datetime | None = None


def crm_unique(*more: UniqueConstraint | Index) -> tuple[Any, ...]:
    """Return the table arguments that make (connection, external id) unique, and any others."""
    return (UniqueConstraint("connection_id", "external_id"), *more)


class Hideable(Table):
    """A record that the office can hide from its customer: `hidden_at` is when it did, None while it is shown.

    It is the portal's own word: no CRM sets or clears it.
    """

    hidden_at: datetime | None = None


def json_list() -> Any:
    """Return a JSON column that starts as an empty list."""
    return Field(default_factory=list, sa_type=JSON)


def json_object() -> Any:
    """Return a JSON column that starts as an empty object."""
    return Field(default_factory=dict, sa_type=JSON)
