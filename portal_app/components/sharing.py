"""Sending an invoice to somebody outside the account, and to whom it was sent: for customers and for the office."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Protocol

import reflex as rx

from portal_app.components.controls import tick
from portal_app.components.dialogs import ask_once, opens
from portal_app.components.forms import field as form_field
from portal_app.components.forms import field_error, text_input
from portal_app.components.icons import icon
from portal_app.components.lists import notice
from portal_app.components.records import badge
from portal_app.components.words import Words
from portal_app.components.writing import text_area
from portal_app.database import reading, transaction
from portal_app.errors import PortalError
from portal_app.services import attempts, business, guests, invoices
from portal_app.services.actors import Customer, Staff
from portal_app.services.form_fields import FormRefused
from portal_app.services.guests import Invited, Shared
from portal_app.services.reach import NEVER_SHOWN
from portal_app.services.rights import Permission


@dataclass(frozen=True)
class ShareRow:
    """One person who was sent it: when, by whom, whether they have opened it; `live` while it can be revoked."""

    public_id: str = ""
    name: str = ""
    email: str = ""
    sent: str = ""
    opened: str = ""
    badge: str = ""
    tone: str = ""
    live: bool = False


@dataclass(frozen=True)
class ShareView:
    """To whom an invoice was sent, and whether the reader may send it and let others pay it."""

    rows: list[ShareRow] = field(default_factory=list)
    may_send: bool = False
    may_let_pay: bool = False


@dataclass(frozen=True)
class ShareProblems:
    """What is wrong with each field of the form; `form` what is wrong with none of them."""

    name: str = ""
    email: str = ""
    note: str = ""
    may_pay: str = ""
    form: str = ""


# Where it is said what was done, and the form's fields in their order.
TOLD, FIRST_FIELD = "shared-told", "guest_name"
FIELDS = ("name", "email", "note", "may_pay")


class SharePage(Protocol):
    """The state of a page with the card; `sent` counts what was sent from it, so that its form is empty again."""

    share: Any
    problems: Any
    told: Any
    sent: Any
    _public_id: str


async def show_shares(page: SharePage, actor: Customer | Staff) -> None:
    """Show to whom the page's invoice was sent; nothing of one that the reader does not get."""
    try:
        page.share = await read_shares(actor, page._public_id)
    except PortalError:
        page.share = ShareView()


async def send_from(page: SharePage, actor: Customer | Staff, form: dict[str, str]) -> rx.event.EventSpec:
    """Send the page's invoice to the person in its form, and lead to the words that say so or what is wrong."""
    page.problems, page.told = ShareProblems(), ""
    try:
        await send_share(actor, page._public_id, form)
    except FormRefused as refusal:
        page.problems = ShareProblems(**refusal.fields)
    except PortalError as refusal:
        page.problems = ShareProblems(form=refusal.sentence)
    else:
        page.told, page.sent = "It is on its way.", page.sent + 1
    await show_shares(page, actor)
    wrong = next((name for name in FIELDS if getattr(page.problems, name)), "")
    return rx.set_focus(f"guest_{wrong}" if wrong else TOLD)


async def revoke_from(page: SharePage, actor: Customer | Staff, link: str) -> rx.event.EventSpec:
    """End one sending of the page's invoice, and lead to the words that say so or why not."""
    page.problems, page.told = ShareProblems(), ""
    try:
        await revoke_share(actor, page._public_id, link)
    except PortalError as refusal:
        page.problems = ShareProblems(form=refusal.sentence)
    else:
        page.told = "It is revoked: the link shows nothing any more."
    await show_shares(page, actor)
    return rx.set_focus(TOLD)


async def read_shares(actor: Customer | Staff, public_id: str) -> ShareView:
    """Return to whom an invoice was sent; raises what `invoices.get` raises."""
    return await asyncio.to_thread(_read, actor, public_id)


async def send_share(actor: Customer | Staff, public_id: str, form: dict[str, str]) -> None:
    """Send an invoice as the form says; raises FormRefused by field, TooMany, Invalid or NotFound."""
    texts = (form.get(name, "") for name in ("guest_name", "guest_email", "guest_note"))
    await asyncio.to_thread(_send, actor, public_id, Invited(*texts, may_pay=bool(form.get("guest_may_pay"))))


async def revoke_share(actor: Customer | Staff, public_id: str, link: str) -> None:
    """End one sending; raises NotFound for any other link."""
    await asyncio.to_thread(_revoke, actor, public_id, link)


def _read(actor: Customer | Staff, public_id: str) -> ShareView:
    words = Words(business.look())
    with reading() as session:
        head = invoices.get(session, actor, public_id).head
        if isinstance(actor, Staff):
            may_send = may_let_pay = Permission.INVITE in actor.permissions and head.status not in NEVER_SHOWN
        else:
            may_send, may_let_pay = True, attempts.offers(session, actor, public_id)
        rows = [_row(one, words, revocable=may_send) for one in guests.of_invoice(session, actor, public_id)]
    return ShareView(rows, may_send, may_let_pay and head.left.minor > 0)


def _send(actor: Customer | Staff, public_id: str, invited: Invited) -> None:
    with transaction() as session:
        guests.send(session, actor, public_id, invited)


def _revoke(actor: Customer | Staff, public_id: str, link: str) -> None:
    with transaction() as session:
        guests.revoke(session, actor, public_id, link)


def _row(one: Shared, words: Words, *, revocable: bool) -> ShareRow:
    live = one.state == "live"
    until = f"works until {words.long_day(words.day(one.until))}" if live else ""
    by = f"sent by {one.sent_by}" if one.sent_by else "sent"
    sent = ", ".join(filter(None, (f"{by}: {words.moment(one.sent_at)}", until)))
    opened = f"Opened: {words.moment(one.opened_at)}" if one.opened_at else "Not opened yet"
    states = {"expired": ("Ended", "off"), "revoked": ("Revoked", "off")}
    mark, tone = states.get(one.state, ("May pay", "complete") if one.may_pay else ("View only", "scheduled"))
    return ShareRow(
        one.public_id, one.name, one.email, sent[:1].upper() + sent[1:], opened, mark, tone, live and revocable
    )


def sharing(state: Any) -> rx.Component:
    """Return the card; `state` has `share`, `problems`, `told`, `sent`, and the handlers `send` and `revoke`."""
    problem = state.problems.form
    return rx.el.section(
        rx.el.h2("Sent to others", id="shared"),
        rx.el.p(
            "Somebody else who needs this invoice gets it by e-mail, with a link that shows them this invoice alone.",
            class_name="text muted",
        ),
        rx.el.div(
            rx.el.div(rx.cond(state.told != "", notice(state.told, "brand", "info")), role="status", class_name="told"),
            rx.el.div(rx.cond(problem != "", notice(problem, "overdue")), role="alert", class_name="told"),
            id=TOLD,
            tab_index=-1,
        ),
        rx.cond(
            state.share.rows.length() > 0, rx.el.ul(rx.foreach(state.share.rows, _shown(state)), class_name="stack")
        ),
        rx.cond(state.share.may_send, _form(state)),
        class_name="card card-pad stack-s no-print",
        aria_labelledby="shared",
    )


def _shown(state: Any) -> Any:
    def shown(row: rx.vars.ObjectVar[ShareRow]) -> rx.Component:
        dialog = f"revoke-{row.public_id}"
        act = rx.fragment(
            rx.el.button(
                "Revoke",
                rx.el.span(f" what was sent to {row.name}", class_name="sr"),
                type="button",
                class_name="btn",
                custom_attrs=opens(dialog),
            ),
            ask_once(
                dialog,
                f"Revoke what was sent to {row.name}?",
                "Their link shows nothing any more, at once. The PDF in the mail stays with them.",
                "Revoke it",
                state.revoke(row.public_id),
            ),
        )
        return rx.el.li(
            rx.el.div(
                rx.el.span(row.name, class_name="item-title"),
                rx.el.span(row.email, class_name="item-sub"),
                rx.el.span(row.sent, class_name="item-sub"),
                rx.el.span(row.opened, class_name="item-sub"),
            ),
            rx.el.div(badge(row.badge, row.tone), rx.cond(row.live, act), class_name="between"),
            class_name="stack-s",
            key=row.public_id,
        )

    return shown


def _form(state: Any) -> rx.Component:
    problems = state.problems
    return rx.el.details(
        rx.el.summary(icon("send"), "Send it to somebody else", class_name="btn"),
        rx.el.form(
            _text(FIRST_FIELD, "Their name", "", problems.name, max_length=80, auto_complete="off"),
            _text(
                "guest_email",
                "Their e-mail",
                "They prove that this address is theirs before they see anything.",
                problems.email,
                type="email",
                max_length=254,
                auto_complete="off",
                input_mode="email",
            ),
            form_field(
                "A word to them",
                text_area("guest_note", rows=3, error=problems.note, max_length=guests.LONGEST_NOTE + 20),
                control_id="guest_note",
                hint="If you like. It stands in the mail.",
                error=problems.note,
            ),
            rx.cond(
                state.share.may_let_pay,
                rx.el.div(
                    tick("guest_may_pay", "They may pay it, too", value="yes"),
                    field_error(problems.may_pay, "guest_may_pay"),
                ),
            ),
            rx.el.button("Send the invoice", type="submit", class_name="btn btn-primary"),
            on_submit=state.send,
            no_validate=True,
            class_name="stack-s",
        ),
        # Once it is sent the form is empty and shut again.
        key=f"share-{state.sent}",
        class_name="stack-s",
    )


def _text(name: str, label: str, hint: str, error: rx.Var[str], **props: Any) -> rx.Component:
    control = text_input(name, described=True, error=error, **props)
    return form_field(label, control, control_id=name, hint=hint, error=error)
