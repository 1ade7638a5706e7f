"""`portal run`: the portal for real, configured by the environment or `.env`."""

import argparse
import os

from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from portal_app import routes
from portal_app.commands.build import BuildFailed, ensure_build
from portal_app.commands.processes import OWNER_ONLY, port_taken, say
from portal_app.database import migrate, transaction
from portal_app.errors import PortalError
from portal_app.services import setup
from portal_app.settings import Settings, get_settings

REFUSED = 2


def main(_arguments: argparse.Namespace) -> int:
    """Check, migrate, build, and serve until stopped; 2 when the settings or the machine do not allow it."""
    try:
        settings = get_settings()
        if port_taken(settings.port, settings.host):
            say(f"Port {settings.port} is taken. Stop what uses it, or set PORTAL_PORT to another.")
            return REFUSED
        prepare(settings)
        web = ensure_build()
    except PortalError as error:
        say(error.sentence)
        return REFUSED
    except OSError as error:
        say(f"The portal needs a file it cannot use, {error.filename}: {error.strerror}.")
        return REFUSED
    except OperationalError as error:
        say(f"The database {_shown_database()} cannot be used: {error.orig}")
        return REFUSED
    except BuildFailed as error:
        say(str(error))
        return 1
    _offer_setup(settings)
    say(f"Porchlight serves {settings.public_url} (listening on {settings.host}:{settings.port}). Ctrl-C stops it.")
    # Imported late: it brings the server's own logging along.
    from portal_app.commands.serve import serve

    serve(web, settings.host, settings.port)
    return 0


def prepare(settings: Settings) -> None:
    """Make the data directory, closed to others, and bring the database to the newest revision."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.data_dir.chmod(0o700)
    before = os.umask(OWNER_ONLY)
    try:
        migrate()
    finally:
        os.umask(before)


def _shown_database() -> str:
    """Return the database's address without its password."""
    return make_url(get_settings().database_url).render_as_string(hide_password=True)


def _offer_setup(settings: Settings) -> None:
    """Print the owner's link while there is no business yet."""
    with transaction() as session:
        if not setup.is_empty(session):
            return
        token = setup.create_setup_token(session)
    say("\nThis portal is empty. Within the next hour its owner can set it up here:")
    say(f"  {settings.public_url}{routes.setup(token)}\n")
