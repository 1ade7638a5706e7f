"""The HTML of the pages; everything that came from outside is escaped here."""

import base64
import hashlib
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from portal_app.demo.stripe import checkout
from portal_app.demo.stripe.backwards import INQUIRIES, OPEN_DISPUTES
from portal_app.demo.stripe.board import Board
from portal_app.demo.stripe.methods import OFFERED, active_kinds, choices_for
from portal_app.demo.stripe.state import State, Thing
from portal_app.integrations.stripe.amounts import from_stripe
from portal_app.money import Money

_CSS = (Path(__file__).resolve().parent / "page.css").read_text()
STYLE_HASH = base64.b64encode(hashlib.sha256(_CSS.encode()).digest()).decode()
_PRETENCE = '<p class="pretence">This is the demo’s own Stripe. No real money moves, and no real card works here.</p>'
_KINDS = {"card": "Cards", "us_bank_account": "US bank accounts", "bacs_debit": "Bacs Direct Debit", "link": "Link"}
_STATUS = {
    "succeeded": ("Paid", "good"),
    "processing": ("With the bank", "waits"),
    "requires_action": ("To be confirmed", "waits"),
    "requires_payment_method": ("Not paid", "bad"),
    "canceled": ("Cancelled", ""),
}


def checkout_page(state: State, session: Thing) -> str:
    """The payer's page: what is due, the ways to pay, one button."""
    if session["status"] != "open":
        words = {"complete": "This is done. You can go back.", "expired": "This page has expired; nothing was taken."}
        back = session["success_url"] if session["status"] == "complete" else session["cancel_url"]
        link = f'<p><a href="{escape(back)}">Back</a></p>' if back else ""
        return _sheet("Checkout", f"<h1>{words[session['status']]}</h1>{link}")
    saving = session["mode"] == "setup"
    title = "Save a way to pay" if saving else "Pay"
    due = "" if saving else f'<p class="amount">{_amount(session["amount_total"], session["currency"])}</p>'
    problem = f'<p class="problem" role="alert">{escape(session["_problem"])}</p>' if session["_problem"] else ""
    back = ""
    if session["cancel_url"]:
        back = f'<p class="back"><a href="{escape(session["cancel_url"])}">Cancel and go back</a></p>'
    content = (
        f'<p class="seller">{escape(_seller(state))}</p>'
        f'<h1 class="what">{title if saving else escape(session["_name"])}</h1>{due}{problem}'
        f'<form method="post" action="/c/pay/{session["id"]}">{_ways(state, session)}{_save_box(session)}'
        f'<button class="primary">{_button(session)}</button></form>{back}'
    )
    return _sheet(title, content)


def _button(session: Thing) -> str:
    return "Save" if session["mode"] == "setup" else f"Pay {_amount(session['amount_total'], session['currency'])}"


def _ways(state: State, session: Thing) -> str:
    kept = checkout.shown_methods(state, session)
    ways = [_way(method["id"], method["_label"], "Saved", first=number == 0) for number, method in enumerate(kept)]
    saved = f"<fieldset><legend>Saved</legend>{''.join(ways)}</fieldset>" if ways else ""
    offered = choices_for(state, session["currency"])
    fresh = [
        _way(name, choice.label, choice.explained, first=number == 0 and not kept)
        for number, (name, choice) in enumerate(offered.items())
    ]
    if not fresh:
        return saved or "<p>No way to pay is switched on.</p>"
    return f"{saved}<fieldset><legend>Test ways to pay</legend>{''.join(fresh)}</fieldset>"


def _way(value: str, label: str, explained: str, *, first: bool) -> str:
    checked = " checked" if first else ""
    return (
        f'<label class="way"><input type="radio" name="choice" value="{escape(value)}" required{checked}>'
        f'<span><b>{escape(label)}</b><span class="soft">{escape(explained)}</span></span></label>'
    )


def _save_box(session: Thing) -> str:
    if checkout.must_save(session):
        words = "It is saved, so that later payments can be taken without you."
        return f'<p class="soft">{words}</p>'
    if checkout.may_save(session):
        return '<label class="tick"><input type="checkbox" name="save" value="yes">Save for the next time</label>'
    return ""


def authenticate_page(session: Thing, choice: str, save: bool) -> str:
    """The bank's question to the payer."""
    kept = '<input type="hidden" name="save" value="yes">' if save else ""
    content = (
        "<h1>Your bank asks: is it you?</h1>"
        '<p class="soft">A real bank would send a code or open its app.</p>'
        f'<form method="post" action="/c/pay/{session["id"]}">{kept}'
        f'<input type="hidden" name="choice" value="{escape(choice)}">'
        '<button class="primary" name="authenticated" value="yes">Confirm</button>'
        '<button name="authenticated" value="no">Refuse</button></form>'
    )
    return _sheet("Confirm", content)


def receipt_page(charge: Thing) -> str:
    """A charge, as Stripe's receipt shows it."""
    amount = _amount(charge["amount"], charge["currency"])
    about = escape(charge["description"] or "")
    return _sheet("Receipt", f'<h1>Receipt</h1><p class="amount">{amount}</p><p>{about}</p>')


def verify_page(intent: Thing) -> str:
    """Where Stripe's mail about small amounts leads to."""
    words = "Two small amounts have come to this bank account; here they count as typed."
    act = _button_to(f"/demo/payments/{intent['id']}/verify", "Confirm the account")
    content = act if intent["status"] == "requires_action" else "<p>There is nothing to confirm any more.</p>"
    return _sheet("Confirm your bank account", f"<h1>Confirm your bank account</h1><p>{words}</p>{content}")


def plain_page(title: str, words: str) -> str:
    """A heading and a sentence."""
    return _sheet(title, f'<h1>{escape(title)}</h1><p>{escape(words)}</p><p><a href="/">All payments</a></p>')


def overview_page(board: Board, newest: int) -> str:
    """All payments with what a bank or the dashboard can do to them, and the switches of the whole account."""
    state = board.state
    intents = [intent for intent, _ in zip(state.find("payment_intent"), range(newest), strict=False)]
    cards = "".join(_card(state, intent) for intent in intents)
    nothing = '<p class="soft">Nothing has been paid yet. Pay an invoice in the portal and it will appear here.</p>'
    content = (
        "<h1>Payments</h1><p class='soft'>Here you are the bank, the payer’s bank and Stripe’s dashboard.</p>"
        f"{cards or nothing}{_payouts(state)}{_switches(board)}"
    )
    return _page("Payments", content)


def _card(state: State, intent: Thing) -> str:
    word, tone = _STATUS.get(intent["status"], (intent["status"], ""))
    charge = state.things.get(intent["latest_charge"] or "")
    method = state.things.get(charge["payment_method"]) if charge else None
    error = intent["last_payment_error"]
    facts = [
        escape(intent["description"] or "Payment"),
        escape(method["_label"]) if method else "",
        escape(error["message"]) if error else "",
        datetime.fromtimestamp(intent["created"], UTC).astimezone().strftime("%d %B, %H:%M"),
    ]
    refunds = "".join(_refund(refund) for refund in state.find("refund", payment_intent=intent["id"]))
    disputes = "".join(_dispute(dispute) for dispute in state.find("dispute", payment_intent=intent["id"]))
    return (
        f'<article class="card"><header><b class="sum">{_amount(intent["amount"], intent["currency"])}</b>'
        f'<span class="badge {tone}">{escape(word)}</span></header>'
        f"<p>{' · '.join(fact for fact in facts if fact)}</p>{refunds}{disputes}"
        f'<div class="acts">{_acts(state, intent, charge)}</div></article>'
    )


def _acts(state: State, intent: Thing, charge: Thing | None) -> str:
    base = f"/demo/payments/{intent['id']}"
    if intent["status"] == "requires_action":
        return _button_to(f"{base}/verify", "Payer confirms the account")
    if intent["status"] == "processing":
        return _button_to(f"{base}/settle", "Let it clear") + _button_to(f"{base}/fail", "Let it come back")
    if intent["status"] != "succeeded" or charge is None or charge["refunded"]:
        return ""
    if any(one["status"] in OPEN_DISPUTES for one in state.find("dispute", payment_intent=intent["id"])):
        return ""
    return (
        _button_to(f"{base}/refund", "Refund the rest")
        + _button_to(f"{base}/dispute", "Dispute")
        + _button_to(f"{base}/inquiry", "Ask about it")
    )


def _refund(refund: Thing) -> str:
    words = f"Refund of {_amount(refund['amount'], refund['currency'])}: {escape(refund['status'])}"
    base = f"/demo/refunds/{refund['id']}"
    acts = _button_to(f"{base}/settle", "Let it arrive") if refund["status"] == "pending" else ""
    acts += _button_to(f"{base}/fail", "Let it fail") if refund["status"] in ("pending", "succeeded") else ""
    return f'<div class="part"><span>{words}</span><div class="acts">{acts}</div></div>'


def _dispute(dispute: Thing) -> str:
    words = (
        f"Dispute of {_amount(dispute['amount'], dispute['currency'])}: {escape(dispute['status'].replace('_', ' '))}"
    )
    base = f"/demo/disputes/{dispute['id']}"
    acts = ""
    if dispute["status"] in INQUIRIES:
        acts = _button_to(f"{base}/closed", "Bank is content") + _button_to(f"{base}/escalated", "Bank takes it")
    elif dispute["status"] in OPEN_DISPUTES:
        acts = _button_to(f"{base}/won", "Business wins") + _button_to(f"{base}/lost", "Payer wins")
    return f'<div class="part"><span>{words}</span><div class="acts">{acts}</div></div>'


def _payouts(state: State) -> str:
    rows = "".join(
        f"<li>{_amount(payout['amount'], payout['currency'])}: {escape(payout['status'])}</li>"
        for payout in state.find("payout")
    )
    waiting: dict[str, int] = {}
    for line in state.find("balance_transaction", payout=None):
        waiting[line["currency"]] = waiting.get(line["currency"], 0) + line["net"]
    buttons = "".join(
        _button_to("/demo/payouts", f"Pay out {_amount(net, currency)}", currency=currency)
        for currency, net in waiting.items()
        if net > 0
    )
    return f"<h2>Payouts</h2><ul>{rows}</ul><div class='acts'>{buttons or _soft('Nothing has gathered.')}</div>"


def _switches(board: Board) -> str:
    active = active_kinds(board.state)
    methods = "".join(
        _button_to(
            f"/demo/methods/{kind}",
            f"{_KINDS[kind]}: {'on' if kind in active else 'off'}",
            pressed=kind in active,
            on="no" if kind in active else "yes",
        )
        for kind in OFFERED
        if kind != "link"
    )
    modes = {"normal": "In order", "twice": "Each twice, newest first", "held": "Not at all"}
    webhooks = "".join(
        _button_to("/demo/webhooks", words, pressed=board.deliverer.mode == mode, mode=mode)
        for mode, words in modes.items()
    )
    lost = f" ({board.lose} left)" if board.lose else ""
    trouble = _button_to("/demo/trouble", f"Do the next thing but lose the answer{lost}", lose="3")
    trouble += _button_to("/demo/trouble", "No trouble", lose="0")
    return (
        f"<h2>Ways to pay</h2><div class='acts'>{methods}</div><h2>Events arrive</h2><div class='acts'>{webhooks}</div>"
        f"<h2>Trouble</h2><div class='acts'>{trouble}</div>"
    )


def _button_to(path: str, words: str, *, pressed: bool | None = None, **fields: str) -> str:
    hidden = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in fields.items())
    state = "" if pressed is None else f' aria-pressed="{str(pressed).lower()}"'
    return f'<form method="post" action="{escape(path)}">{hidden}<button{state}>{escape(words)}</button></form>'


def _soft(words: str) -> str:
    return f'<p class="soft">{words}</p>'


def _amount(amount: int, currency: str) -> str:
    return escape(Money(from_stripe(amount, currency), currency.upper()).show("en_GB"))


def _seller(state: State) -> str:
    return next(state.find("account"))["business_profile"]["name"]


def _sheet(title: str, content: str) -> str:
    return _page(title, f'<section class="pay">{content}</section>', "pay-page")


def _page(title: str, content: str, kind: str = "") -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<style>{_CSS}</style></head><body class="{kind}"><header>{_PRETENCE}</header><main>{content}</main>'
        "</body></html>"
    )
