"""Reflex's own configuration; every value that differs between installations comes from portal_app.settings."""

import reflex as rx
from reflex_base.constants import StateManagerMode
from reflex_base.plugins.sitemap import SitemapPlugin

from portal_app.settings import get_settings

settings = get_settings()

config = rx.Config(
    app_name="portal_app",
    api_url=settings.public_url,
    deploy_url=settings.public_url,
    # Reflex's default lets any site connect with the visitor's cookies.
    cors_allowed_origins=list(settings.origins),
    trusted_proxy_hops=settings.trusted_proxy_hops,
    # The default writes pickled states, request cookies included, to disk.
    state_manager_mode=StateManagerMode.MEMORY,
    # Seconds until an unused tab's state is freed; the tab loads it anew when it is used again.
    redis_token_expiration=900,
    frontend_compression_formats=["gzip", "brotli"],
    plugins=[],
    # A sitemap would list the portal's private pages.
    disable_plugins=[SitemapPlugin],
    show_built_with_reflex=False,
    telemetry_enabled=False,
    # A package that the lock file does not name is never fetched.
    frozen_lockfile=True,
)
