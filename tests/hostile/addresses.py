"""Every address that is answered without a page, found in the modules that answer.

The app that puts them together is never imported: its pages would come alive in every later test of this process.
"""

import importlib
import pkgutil

from starlette.routing import Route

from portal_app import endpoints

ENDPOINTS = [
    route
    for module in pkgutil.iter_modules(endpoints.__path__)
    for route in getattr(importlib.import_module(f"portal_app.endpoints.{module.name}"), "ROUTES", [])
    if isinstance(route, Route)
]
