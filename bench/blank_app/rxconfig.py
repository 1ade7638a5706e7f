"""The blank app's configuration: as the portal's, as far as a websocket and a first visit can tell."""

import os

import reflex as rx
from reflex_base.constants import StateManagerMode
from reflex_base.plugins.sitemap import SitemapPlugin

address = os.environ.get("BLANK_URL", "http://localhost:8000")

config = rx.Config(
    app_name="blank",
    api_url=address,
    deploy_url=address,
    state_manager_mode=StateManagerMode.MEMORY,
    frontend_compression_formats=["gzip", "brotli"],
    plugins=[],
    disable_plugins=[SitemapPlugin],
    show_built_with_reflex=False,
    telemetry_enabled=False,
)
