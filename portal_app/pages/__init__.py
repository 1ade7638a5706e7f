"""One folder per page: page.py and state.py. PAGES is the list of them; a page not listed does not exist."""

from portal_app import routes
from portal_app.components.page import Page
from portal_app.components.shell_state import ShellState
from portal_app.gate import CUSTOMER, STAFF, VISITOR
from portal_app.pages.dashboard.page import dashboard_page
from portal_app.pages.dashboard.state import DashboardState
from portal_app.pages.login.page import login_page
from portal_app.pages.login.state import LoginState
from portal_app.pages.message.page import not_found_page
from portal_app.pages.office.sync.page import sync_page
from portal_app.pages.office.sync.state import SyncState

PAGES = (
    Page(routes.LOGIN, VISITOR, "Sign in", login_page, [ShellState.load, LoginState.load]),
    Page(routes.HOME, CUSTOMER, "Home", dashboard_page, [ShellState.load, DashboardState.load]),
    Page(routes.OFFICE_SYNC, STAFF, "CRM", sync_page, [ShellState.load, SyncState.load]),
)
NOT_FOUND = not_found_page
