"""The blank app's configuration: as the portal's, as far as a websocket can tell."""

import reflex as rx
from reflex_base.constants import StateManagerMode

config = rx.Config(app_name="blank", state_manager_mode=StateManagerMode.MEMORY, telemetry_enabled=False)
