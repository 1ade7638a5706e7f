"""The state of the page of all parts: samples, which no other page's script has to carry."""

import reflex as rx

from portal_app.gate import STAFF, allow
from portal_app.pages.office.design.views import Samples, samples
from portal_app.services.rights import Permission


class DesignState(rx.State):
    """What the parts are shown with."""

    loaded: rx.Field[bool] = rx.field(False)
    samples: rx.Field[Samples] = rx.field(default_factory=Samples)

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    def load(self) -> None:
        """Bring the samples."""
        self.samples, self.loaded = samples(), True
