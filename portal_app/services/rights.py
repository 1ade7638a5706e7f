"""The words for what customers and staff may do."""

from enum import StrEnum


class Right(StrEnum):
    """What a customer's contact may do; each can be limited to properties and switched off for the portal."""

    VIEW_MONEY = "view_money"
    PAY = "pay"
    VIEW_QUOTES = "view_quotes"
    APPROVE = "approve"
    VIEW_JOBS = "view_jobs"
    REQUEST = "request"
    MESSAGE = "message"
    DOCUMENTS = "documents"
    MARGINS = "margins"
    PHOTO_DOWNLOAD = "photo_download"


class Role(StrEnum):
    """What a contact is to the customer; decides the rights they start with."""

    OWNER = "owner"
    HOUSEHOLD = "household"
    BOOKKEEPER = "bookkeeper"
    VIEWER = "viewer"


ROLE_RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OWNER: frozenset(Right) - {Right.MARGINS},
    Role.HOUSEHOLD: frozenset(Right) - {Right.MARGINS, Right.PAY, Right.APPROVE, Right.VIEW_MONEY},
    Role.BOOKKEEPER: frozenset({Right.VIEW_MONEY, Right.PAY, Right.VIEW_QUOTES, Right.MESSAGE, Right.DOCUMENTS}),
    Role.VIEWER: frozenset({Right.VIEW_JOBS}),
}


class Permission(StrEnum):
    """What a staff role may do."""

    VIEW_CUSTOMERS = "view_customers"
    EDIT_CUSTOMERS = "edit_customers"
    INVITE = "invite"
    RESET_ACCESS = "reset_access"
    DISABLE_ACCOUNTS = "disable_accounts"
    CHANGE_SETTINGS = "change_settings"
    REFUND = "refund"
    VIEW_SYNC = "view_sync"
    RUN_SYNC = "run_sync"


class StaffRole(StrEnum):
    """The office's roles."""

    OWNER = "owner"
    MANAGER = "manager"
    OFFICE = "office"
    READER = "reader"


STAFF_PERMISSIONS: dict[StaffRole, frozenset[Permission]] = {
    StaffRole.OWNER: frozenset(Permission),
    StaffRole.MANAGER: frozenset(Permission) - {Permission.CHANGE_SETTINGS},
    StaffRole.OFFICE: frozenset(
        {
            Permission.VIEW_CUSTOMERS,
            Permission.EDIT_CUSTOMERS,
            Permission.INVITE,
            Permission.RESET_ACCESS,
            Permission.VIEW_SYNC,
            Permission.RUN_SYNC,
        }
    ),
    StaffRole.READER: frozenset({Permission.VIEW_CUSTOMERS, Permission.VIEW_SYNC}),
}
