"""What makes the portal an app on a phone: its manifest, and the page that is shown without a connection."""

import hashlib
import html
import json
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from portal_app import routes
from portal_app.endpoints.cached import answer_cached
from portal_app.message_pages import door_html, heading, ring_address
from portal_app.services import brand_colours, business
from portal_app.services.business import Look
from portal_app.settings import ROOT, get_settings

_LONGEST_SHORT_NAME = 12
_KEPT = (
    routes.OFFLINE,
    routes.PORTAL_CSS,
    routes.BRAND_CSS,
    routes.THEME_JS,
    routes.BRAND_LOGO,
    f"{routes.BRAND_LOGO}?theme=dark",
    routes.BRAND_ICON,
)
# It keeps nothing but the page that says so, and answers with it only where the network gave no answer at all.
# What that page itself asks for is recognised by its client; no other page's requests are touched.
_WORKER = """"use strict";
const STORE = "offline-%s", PAGE = "%s", KEPT = %s;
const shown = new Set();

self.addEventListener("install", event => event.waitUntil((async () => {
  const store = await caches.open(STORE);
  await store.addAll(KEPT.map(address => new Request(address, { cache: "no-cache", credentials: "omit" })));
  await self.skipWaiting();
})()));

self.addEventListener("activate", event => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith("offline-") && name !== STORE) await caches.delete(name);
  /* The page is asked for while the worker is still starting. */
  if (self.registration.navigationPreload) await self.registration.navigationPreload.enable();
})()));

async function page(event) {
  try {
    return await event.preloadResponse || await fetch(event.request);
  } catch (error) {
    const kept = await (await caches.open(STORE)).match(PAGE);
    if (!kept) throw error;
    shown.add(event.resultingClientId);
    return kept;
  }
}

async function part(event) {
  return await (await caches.open(STORE)).match(event.request) || fetch(event.request);
}

self.addEventListener("fetch", event => {
  if (event.request.method !== "GET") return;
  if (event.request.mode === "navigate") event.respondWith(page(event));
  else if (shown.has(event.clientId)) event.respondWith(part(event));
});
"""
# Takes the place of the one above, lets go of what it kept, and is gone.
_NO_WORKER = """"use strict";
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", event => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith("offline-")) await caches.delete(name);
  await self.registration.unregister();
})()));
"""


def manifest(request: Request) -> Response:
    """Serve what a phone needs to know to put the portal beside its apps, in the business's name and colours."""
    look = business.look()
    dark = look.theme == "dark"
    colours = (brand_colours.dark if dark else brand_colours.light)(look.accent, look.accent_2)
    told = {
        "id": routes.ROOT,
        "name": look.name,
        "short_name": short_name(look.name),
        "lang": look.locale.replace("_", "-"),
        "start_url": routes.HOME,
        "scope": routes.ROOT,
        "display": "standalone",
        "theme_color": colours.panel,
        "background_color": brand_colours.DARK_CANVAS if dark else brand_colours.LIGHT_CANVAS,
        "icons": [
            {"src": routes.icon(side), "sizes": f"{side}x{side}", "type": "image/png", "purpose": "any"}
            for side in (192, 512)
        ],
    }
    return answer_cached(request, json.dumps(told, ensure_ascii=False).encode(), "application/manifest+json")


def short_name(name: str) -> str:
    """Return what stands below an icon: as many of the first words as fit, at least a part of the first."""
    words = name.split()
    fitting = [" ".join(words[:count]) for count in range(len(words), 0, -1)]
    found = next((one for one in fitting if len(one) <= _LONGEST_SHORT_NAME), name[:_LONGEST_SHORT_NAME])
    return found.rstrip(" &+,-") or found


def offline(request: Request) -> Response:
    """Serve the page that the worker keeps for when there is no connection."""
    return answer_cached(request, _offline_page(business.look()).encode(), "text/html")


def _offline_page(look: Look) -> str:
    address = ring_address(look)
    ring = f'<a class="btn" href="{address}">Ring {html.escape(look.phone)}</a>' if address else ""
    urgent = " If it cannot wait, ring us:" if ring else ""
    says = f"{look.name} cannot be reached at the moment. Your device may be offline. Nothing is lost.{urgent}"
    ways = f'<div class="stack door-ways"><a class="btn btn-primary" href="">Try again</a>{ring}</div>'
    return door_html("No connection", heading("No connection", says), ways, look=look, pictures=False)


def service_worker(request: Request) -> Response:
    """Serve the worker; its text changes with what it keeps, so that browsers fetch that anew.

    With PORTAL_OFFLINE_PAGE off it is one that takes the last one away.
    """
    if not get_settings().offline_page:
        return answer_cached(request, _NO_WORKER.encode(), "text/javascript")
    # All that the pages say of the business, pictures included, whether or not the kept page shows it.
    kept = f"{business.look()!r}{_offline_page(business.look())}{_stylesheet_digest()}"
    version = hashlib.sha256(kept.encode()).hexdigest()[:16]
    return answer_cached(request, (_WORKER % (version, routes.OFFLINE, json.dumps(_KEPT))).encode(), "text/javascript")


@lru_cache(maxsize=1)
def _stylesheet_digest() -> str:
    return hashlib.sha256((ROOT / "assets" / "portal.css").read_bytes()).hexdigest()


ROUTES = [
    Route(routes.MANIFEST, manifest),
    Route(routes.OFFLINE, offline),
    Route(routes.SERVICE_WORKER, service_worker),
]
