from typing import Annotated

import pytest
from pydantic import Field, ValidationError

from portal_app.errors import NotAllowed, SignInRequired
from portal_app.gate import CUSTOMER, STAFF, VISITOR, allow
from portal_app.gate.policy import Policy
from portal_app.services.actors import Customer, Staff
from portal_app.services.rights import Permission, Right


def policy(audience=CUSTOMER, **demands) -> Policy:
    @allow(audience, **demands)
    def rename(self, text: Annotated[str, Field(max_length=10)], count: int = 1) -> None:
        """Take two arguments."""

    return rename.__portal_policy__  # type: ignore[attr-defined]


def customer(*rights: Right) -> Customer:
    return Customer(1, 1, 1, 1, "Sarah", frozenset(rights))


def staff(*permissions: Permission) -> Staff:
    return Staff(1, 1, 1, "Ruth", "owner", frozenset(permissions))


def test_arguments_that_fit_are_let_through():
    policy().check_arguments({"text": "hello", "count": 2})


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"text": None},
        {"text": 7},
        {"text": ["a"]},
        {"text": "a" * 11},
        {"text": "a", "count": "1"},
        {"text": "a", "count": 1.5},
        {"text": "a", "count": True},
        {"text": "a", "count": float("nan")},
        {"text": "a", "extra": 1},
        {"text": {"$ne": ""}},
        [],
        "text",
        None,
    ],
)
def test_arguments_of_another_shape_are_refused(payload):
    with pytest.raises(ValidationError):
        policy().check_arguments(payload)


def test_texts_have_an_end_even_where_nobody_set_one():
    @allow(VISITOR)
    def say(self, text: str) -> None:
        """Take any text."""

    with pytest.raises(ValidationError):
        say.__portal_policy__.check_arguments({"text": "x" * 4001})  # type: ignore[attr-defined]


FORM = "__reflex_form_data__"


def form_policy() -> Policy:
    @allow(CUSTOMER)
    def save(self, form: Annotated[dict[str, Annotated[str, Field(max_length=5)]], Field(max_length=2)]) -> None:
        """Take a form."""

    return save.__portal_policy__  # type: ignore[attr-defined]


@pytest.mark.parametrize("entries", [[], [["a", "1"]], [["a", "1"], ["b", "2"]], [["a", "1"], ["a", "2"]]])
def test_a_form_as_browsers_send_it_is_let_through(entries):
    form_policy().check_arguments({"form": {FORM: entries}})


@pytest.mark.parametrize(
    "form",
    [
        {FORM: None},
        {FORM: {}},
        {FORM: "ab"},
        {FORM: ["ab"]},
        {FORM: [["a"]]},
        {FORM: [["a", "1", "2"]]},
        {FORM: [[["a"], "1"]]},
        {FORM: [["a", 1]]},
        {FORM: [["a", None]]},
        {FORM: [["a", "123456"]]},
        {FORM: [["a", "1"], ["b", "2"], ["c", "3"]]},
        {FORM: [["a", "1"]], "a": "2"},
        {"a": {FORM: [["a", "1"]]}},
    ],
)
def test_a_form_of_another_shape_is_refused(form):
    with pytest.raises(ValidationError):
        form_policy().check_arguments({"form": form})


def test_an_argument_without_an_annotation_cannot_be_declared():
    with pytest.raises(TypeError, match="needs an annotation"):

        @allow(VISITOR)
        def say(self, text) -> None:
            """Forget the annotation."""


@pytest.mark.parametrize(
    ("demands", "actor", "refusal"),
    [
        ({"audience": VISITOR}, None, None),
        ({"audience": CUSTOMER}, None, SignInRequired),
        ({"audience": CUSTOMER}, staff(*Permission), NotAllowed),
        ({"audience": CUSTOMER}, customer(), None),
        ({"audience": CUSTOMER, "right": Right.PAY}, customer(Right.VIEW_MONEY), NotAllowed),
        ({"audience": CUSTOMER, "right": Right.PAY}, customer(Right.PAY), None),
        ({"audience": STAFF}, None, SignInRequired),
        ({"audience": STAFF}, customer(*Right), NotAllowed),
        ({"audience": STAFF, "permission": Permission.REFUND}, staff(Permission.VIEW_SYNC), NotAllowed),
        ({"audience": STAFF, "permission": Permission.REFUND}, staff(Permission.REFUND), None),
    ],
)
def test_who_is_admitted(demands, actor, refusal):
    if refusal is None:
        policy(**demands).admit(actor)
    else:
        with pytest.raises(refusal):
            policy(**demands).admit(actor)


def test_rights_belong_to_customers_and_permissions_to_staff():
    with pytest.raises(TypeError):
        allow(STAFF, right=Right.PAY)
    with pytest.raises(TypeError):
        allow(CUSTOMER, permission=Permission.REFUND)
