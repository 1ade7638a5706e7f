"""What the office's pages read of their own address, and what their forms may send."""

from typing import Annotated

import reflex as rx
from pydantic import Field

from portal_app.components.loading import PUBLIC_ID

Id = Annotated[str, Field(pattern=rf"^{PUBLIC_ID.pattern}$")]
# A form as the browser sends it: few fields, each with an end.
Form = Annotated[
    dict[Annotated[str, Field(max_length=40)], Annotated[str, Field(max_length=400)]], Field(max_length=60)
]


def part(state: rx.State, number: int) -> str:
    """Return one part of the page's path (0 is the first), empty when it could be no public id."""
    parts = state.router.url.path.strip("/").split("/")
    found = parts[number] if len(parts) > number else ""
    return found if PUBLIC_ID.fullmatch(found) else ""
