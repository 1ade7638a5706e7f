"""The office's people and what each role may do."""

from datetime import datetime

from sqlmodel import Field

from portal_app.models.base import PublicRecord, Table


class StaffMember(PublicRecord, table=True):
    """A login that works in the office; `role` is a name in `staff_permission`."""

    id: int | None = Field(default=None, primary_key=True)
    login_id: int = Field(foreign_key="login.id", unique=True)
    name: str = Field(max_length=200)
    role: str = Field(max_length=16)
    disabled_at: datetime | None = None


class StaffPermission(Table, table=True):
    """One permission that one staff role has; names of `services.rights.Permission`."""

    role: str = Field(primary_key=True, max_length=16)
    permission: str = Field(primary_key=True, max_length=40)
