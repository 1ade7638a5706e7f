"""Reflex's own configuration; every value that differs between installations comes from portal_app.settings."""

import reflex as rx
from reflex_base.constants import ReactRouter, StateManagerMode
from reflex_base.plugins import Plugin
from reflex_base.plugins.sitemap import SitemapPlugin

from portal_app.settings import get_settings

settings = get_settings()
_GROUPS = "groups: ["
_ICONS = '{ test: /lucide-react/, name: "icons" },'


class IconsInOneFile(Plugin):
    """Puts all icons into one script: otherwise each is a request of its own, twenty before the first paint."""

    def pre_compile(self, **context):
        """Add the group to the bundler's configuration."""
        context["add_modify_task"](ReactRouter.VITE_CONFIG_FILE, _with_icons)


def _with_icons(bundler: str) -> str:
    if bundler.count(_GROUPS) != 1:
        raise ValueError("Reflex's vite.config.js has no list of groups any more.")
    return bundler if _ICONS in bundler else bundler.replace(_GROUPS, f"{_GROUPS} {_ICONS}")


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
    # The first that a browser takes is sent.
    frontend_compression_formats=["brotli", "gzip"],
    # What only components made at run time would need is not part of the first visit.
    frontend_lazy_bundled_libraries=True,
    plugins=[IconsInOneFile()],
    # A sitemap would list the portal's private pages.
    disable_plugins=[SitemapPlugin],
    show_built_with_reflex=False,
    telemetry_enabled=False,
    # A package that the lock file does not name is never fetched.
    frozen_lockfile=True,
)
