"""The CRM's own page, as the person in the office uses it."""

from playwright.sync_api import Browser, Page

from portal_app.demo.crm.business.today import ON_THE_WAY
from tests.site import Site


class CrmPage:
    """The office's screen in a browser of its own, on the CRM's address."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self.context = browser.new_context(base_url=site.crm.url, locale="en-GB")
        self.page: Page = self.context.new_page()
        self.card = self.page.locator(f"#{ON_THE_WAY}")
        self._site = site
        self.page.goto("/")

    def press(self, words: str) -> None:
        """Press one of the visit's buttons."""
        self.card.get_by_role("button", name=words, exact=True).click()

    def change(self, field: str, value: str) -> None:
        """Change one field of the visit behind "Window, arrival, technician" and save."""
        self.card.get_by_text("Window, arrival, technician").click()
        control = self.card.locator(f"[name={field}]")
        if field == "technician":
            control.select_option(label=value)
        else:
            control.fill(value)
        self.card.get_by_role("button", name="Save").click()

    def value(self, field: str) -> str:
        """Return what a field of the visit holds now."""
        return self.card.locator(f"[name={field}]").input_value()

    def schedule(self) -> None:
        """Bring the visit back to its beginning, wherever it is, with its first technician."""
        self._site.crm.patch(
            "visits", ON_THE_WAY, status="scheduled", status_raw="Scheduled", eta_at=None, technician_ids=["tec_1"]
        )
        self.page.goto("/")

    def close(self) -> None:
        """Leave the desk."""
        self.context.close()
