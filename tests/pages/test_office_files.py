"""Files in the office: the profile's tab, what waits for review, and what customers see, called through the gate."""

from typing import Any

import pytest

from portal_app import database
from portal_app.components.shell_state import ShellState
from portal_app.models import Business, Customer, File, Job, Visibility, Visit
from portal_app.pages.office.customer.files_state import CustomerFilesState
from portal_app.pages.office.customer.state import CustomerState
from portal_app.pages.office.review.state import ReviewState
from portal_app.pages.office.settings_visibility.state import VisibilityState
from portal_app.services.rights import StaffRole
from tests.pages.office import cookie, form, kept, path_of, row, sarah
from tests.pages.tab import Tab, open_tab
from tests.services import people, records, shared


@pytest.fixture(autouse=True)
def business(database_file) -> None:
    people.make_business()


def view(tab: Tab) -> Any:
    return tab.values["customer_files_state.view"]


def shown(tab: Tab) -> list[str]:
    return [one.words for one in view(tab).files]


async def test_the_tab_lists_files_and_every_act_on_one():
    person = sarah()
    owner = person.customer_id
    visit = records.add_visit(owner or 0)
    job = row(Visit, visit).job_id
    first, second = (shared.file(name, customer_id=owner, job_id=job) for name in ("One", "Two"))
    paper = shared.file("Manual", "document", customer_id=owner)
    async with open_tab(cookie()) as tab:
        tab.path = path_of(person, "?tab=files")
        await tab.call(CustomerState.load)
        await tab.call(CustomerFilesState.load)
        assert sorted(shown(tab)) == ["Manual", "One", "Two"]
        assert view(tab).upload == f"/office/files/add/customer/{row(Customer, owner).public_id}"
        await tab.call(CustomerFilesState.choose, where=f"job:{row(Job, job).public_id}")
        assert (shown(tab), view(tab).ordered) == (["One", "Two"], True)
        await tab.call(CustomerFilesState.move, file=second.public_id, up=True)
        assert shown(tab) == ["Two", "One"]
        await tab.call(CustomerFilesState.hide, file=first.public_id)
        assert row(File, first.id).state == "hidden"
        await tab.call(CustomerFilesState.show, file=first.public_id)
        assert row(File, first.id).state == "visible"
        await tab.call(CustomerFilesState.set_download, file=first.public_id, word="view_only")
        assert row(File, first.id).download == "view_only"
        await tab.call(CustomerFilesState.set_customer_download, word="view_only")
        assert (row(Customer, owner).photo_download, view(tab).download) == ("view_only", "view_only")
        given = form(file=paper.public_id, caption="Boiler manual", expires="2027-03-01")
        await tab.call(CustomerFilesState.describe, form=given)
        assert (row(File, paper.id).caption, str(row(File, paper.id).expires_on)) == ("Boiler manual", "2027-03-01")
        await tab.call(CustomerFilesState.describe, form=form(file=paper.public_id, caption="x", expires="tomorrow"))
        assert "as a date" in tab.values["customer_files_state.wrong"]
        await tab.call(CustomerFilesState.remove, file=first.public_id)
        assert shown(tab) == ["Two"]
        await tab.call(CustomerFilesState.remove, file=first.public_id)
        assert tab.values["customer_files_state.wrong"]
        assert tab.failures == []


async def test_somebody_else_s_job_is_not_chosen():
    person, other = sarah(), people.make_customer("neighbour@example.com")
    visit = records.add_visit(other.customer_id or 0)
    job = row(Job, row(Visit, visit).job_id)
    shared.file("Theirs", customer_id=other.customer_id, job_id=job.id)
    async with open_tab(cookie()) as tab:
        tab.path = path_of(person, "?tab=files")
        await tab.call(CustomerFilesState.load)
        await tab.call(CustomerFilesState.choose, where=f"job:{job.public_id}")
        assert (shown(tab), view(tab).chosen.partition(":")[0]) == ([], "customer")


async def test_what_waits_is_shown_and_hidden_several_at_once():
    person = sarah()
    files = [shared.file(f"File {n}", customer_id=person.customer_id, state="held") for n in range(4)]
    async with open_tab(cookie()) as tab:
        tab.path = "/office/review"
        await tab.call(ShellState.load)
        assert tab.values["shell_state.to_review"] == 4
        await tab.call(ReviewState.load)
        await tab.call(ReviewState.pick, file="somebody-else-s")
        await tab.call(ReviewState.pick, file=files[0].public_id)
        await tab.call(ReviewState.pick, file=files[1].public_id)
        await tab.call(ReviewState.pick, file=files[1].public_id)
        assert tab.values["review_state.picked"] == [files[0].public_id]
        await tab.call(ReviewState.show_picked)
        assert tab.values["review_state.told"] == "1 file shown."
        await tab.call(ReviewState.pick_all)
        await tab.call(ReviewState.hide_picked)
        await tab.call(ReviewState.hide_picked)
        assert [one.state for one in kept(File)] == ["visible", "hidden", "hidden", "hidden"]
        assert (tab.values["review_state.files"], tab.values["review_state.picked"]) == ([], [])
        assert tab.failures == []


async def test_what_the_crm_withholds_keeps_no_other_file_back():
    person = sarah()
    shared.file("Withheld", customer_id=person.customer_id, state="held", offered=False)
    shared.file("Fine", customer_id=person.customer_id, state="held")
    async with open_tab(cookie()) as tab:
        tab.path = "/office/review"
        await tab.call(ReviewState.load)
        await tab.call(ReviewState.pick_all)
        await tab.call(ReviewState.show_picked)
        assert (tab.values["review_state.told"], [one.state for one in kept(File)]) == (
            "1 file shown.",
            ["held", "visible"],
        )
        assert "Your CRM says" in tab.values["review_state.wrong"]


ALL = ("jobs", "quotes", "invoices", "documents", "photos", "line_prices", "technicians", "descriptions")


async def test_what_customers_see_is_kept_and_leaves_other_rights_alone():
    people.change(Business, 1, rights_off=["message"])
    async with open_tab(cookie()) as tab:
        tab.path = "/office/settings/visibility"
        await tab.call(VisibilityState.load)
        assert not tab.values["visibility_state.view"].view_only
        some = {name: "on" for name in ALL if name not in ("quotes", "photos", "technicians")}
        for _ in range(2):
            await tab.call(VisibilityState.save, form=form(**some, hold_new="on", photo_download="view_only"))
        about, stored = row(Business, 1), row(Visibility, 1)
        assert about.rights_off == ["message", "view_quotes"]
        assert (stored.photos, stored.technicians, stored.hold_new, stored.documents) == (False, False, True, True)
        assert tab.values["visibility_state.view"].view_only
        await tab.call(VisibilityState.save, form=form(**some, photo_download="everything"))
        assert "Choose whether" in tab.values["visibility_state.message"]
        assert row(Visibility, 1).hold_new
        assert tab.failures == []
    assert people.kinds(lambda kind: kind.startswith("visibility.")) == ["visibility.changed"]


WRONG = [
    (CustomerFilesState.choose, {"where": "invoice:x"}),
    (CustomerFilesState.choose, {"where": ["job:x"]}),
    (CustomerFilesState.move, {"file": "x", "up": "yes"}),
    (CustomerFilesState.show, {"file": {"id": 1}}),
    (CustomerFilesState.set_download, {"file": "x", "word": "original"}),
    (CustomerFilesState.set_customer_download, {"word": None}),
    (CustomerFilesState.describe, {"form": form(file="x", state="visible")}),
    (CustomerFilesState.remove, {"file": 5}),
    (ReviewState.pick, {"file": None}),
    (VisibilityState.save, {"form": form(link_days="5")}),
    (VisibilityState.save, {"form": "photos"}),
]


@pytest.mark.parametrize("number", range(len(WRONG)))
async def test_other_types_and_fields_are_not_taken(number: int):
    act, payload = WRONG[number]
    person = sarah()
    shared.file("Held", customer_id=person.customer_id, state="held")
    async with open_tab(cookie()) as tab:
        tab.path = path_of(person, "?tab=files")
        await tab.call(act, **payload)
    assert [one.state for one in kept(File)] == ["held"]
    assert (kept(Visibility), row(Business, 1).rights_off) == ([], [])


DOERS = {StaffRole.OWNER, StaffRole.MANAGER, StaffRole.OFFICE}
ACTS = {
    "show": (CustomerFilesState.show, {"file": "{}"}, DOERS),
    "remove": (CustomerFilesState.remove, {"file": "{}"}, DOERS),
    "download": (CustomerFilesState.set_customer_download, {"word": "view_only"}, DOERS),
    "review": (ReviewState.show, {"file": "{}"}, DOERS),
    "see": (VisibilityState.save, {"form": form(jobs="on")}, {StaffRole.OWNER}),
}


@pytest.mark.parametrize("name", ACTS)
async def test_who_may_do_what(name: str):
    act, payload, allowed = ACTS[name]
    person = sarah()
    file = shared.file("Held", customer_id=person.customer_id, state="held")
    given = {key: file.public_id if value == "{}" else value for key, value in payload.items()}
    before = _stored(person)
    for role in sorted(set(StaffRole) - allowed):
        async with open_tab(cookie(role)) as tab:
            tab.path = path_of(person, "?tab=files")
            await tab.call(act, **given)
            assert tab.redirects == ["/"]
    for token in (people.start_session(person), "", "x" * 43):
        async with open_tab(token) as tab:
            tab.path = path_of(person, "?tab=files")
            await tab.call(act, **given)
            assert tab.redirects
    assert _stored(person) == before
    async with open_tab(cookie(StaffRole.OWNER)) as tab:
        tab.path = path_of(person, "?tab=files")
        await tab.call(act, **given)
        assert tab.failures == []
    assert _stored(person) != before


def _stored(person: people.Person) -> tuple[Any, ...]:
    files = [(one.state, one.deleted_at is None) for one in kept(File)]
    with database.reading() as session:
        owner = session.get_one(Customer, person.customer_id)
        return files, owner.photo_download, row(Business, 1).rights_off, len(kept(Visibility))
