"""The one page of a guest as HTML: an invoice as the document it is, what is left to pay, and nowhere else to go."""

from html import escape

from starlette.responses import HTMLResponse

from portal_app import routes
from portal_app.components.invoice_paper import InvoicePaper, PaperLine
from portal_app.endpoints.door_page import NO_STORE
from portal_app.services import business


def shared_page(
    paper: InvoicePaper, link: str, version: str, *, reader: str, sender: str, pay: str, news: str, wrong: str = ""
) -> HTMLResponse:
    """Return the page; all texts are plain words.

    `pay` is the amount of the button, empty where nothing can be paid here; `news` what is on its way. `version` tells
    the open page by shared.js when it is no longer true, and that it is over.
    """
    name = escape(business.look().name)
    sent = f"{sender} sent this to {reader}." if sender else f"This was sent to {reader}."
    html = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="robots" content="noindex">
<title>{escape(paper.heading)} · {name}</title>
<script src="{routes.THEME_JS}"></script>
<script src="/shared.js" defer></script>
<link rel="stylesheet" href="/portal.css">
<link rel="stylesheet" href="{routes.BRAND_CSS}">
<link rel="icon" href="{routes.BRAND_ICON}">
</head>
<body data-news="{routes.shared_news(link)}" data-version="{escape(version)}">
<a class="skip" href="#main">Skip to content</a>
<header class="topbar"><div class="wrap topbar-in">
<span class="logo">{_logo()}<span class="sr">{name}</span></span></div></header>
<main id="main" tabindex="-1"><div class="wrap page">
<div class="page-head no-print"><h1>{escape(paper.heading)}</h1>
<p class="text muted">{escape(sent)}</p></div>
<div class="cols">{_paper(paper)}<div class="aside aside-first">{_balance(paper, link, pay, news, wrong)}</div></div>
</div></main>
<footer class="bottombar"><div class="wrap bottombar-in">
<p>{escape(business.look().welcome)}</p>{_support()}</div></footer>
</body>
</html>
"""
    return HTMLResponse(html, status_code=422 if wrong else 200, headers=NO_STORE)


def _logo() -> str:
    return (
        f'<img class="only-light" src="{routes.BRAND_LOGO}" alt="" loading="lazy">'
        f'<img class="only-dark" src="{routes.BRAND_LOGO}?theme=dark" alt="" loading="lazy">'
    )


def _support() -> str:
    mail = escape(business.look().support_email)
    return f'<a href="mailto:{mail}">{mail}</a>' if mail else ""


def _balance(paper: InvoicePaper, link: str, pay: str, news: str, wrong: str) -> str:
    late = "text strong problem" if paper.late else "text muted"
    due = f'<p class="{late}">{escape(paper.due_words)}</p>' if paper.due_words else ""
    left = (
        f'<h2 class="owed-title" id="balance">Left to pay</h2><p class="amount amount-l">{escape(paper.left)}</p>{due}'
        if paper.left
        else f'<h2 id="balance">{escape(paper.nothing)}</h2><p class="text">{_badge(paper)}</p>'
    )
    told = f'<p class="text" role="status">{escape(news)}</p>' if news else ""
    trouble = f'<p class="error" role="alert">{escape(wrong)}</p>' if wrong else ""
    return (
        f'<section class="card card-pad stack-s" aria-labelledby="balance">{left}{told}{trouble}{_pay(link, pay)}'
        f'</section><a class="btn" href="{routes.shared_file(link)}">Download PDF</a>'
    )


def _badge(paper: InvoicePaper) -> str:
    return f'<span class="badge badge-{escape(paper.tone)}">{escape(paper.badge)}</span>' if paper.badge else ""


def _pay(link: str, amount: str) -> str:
    if not amount:
        return ""
    return (
        f'<form class="stack-s" method="post" action="{routes.shared_pay(link)}">'
        f'<button class="btn btn-primary btn-block" type="submit">Pay {escape(amount)}</button>'
        '<p class="small muted">You pay on the page of Stripe, our payment service.</p></form>'
    )


def _paper(paper: InvoicePaper) -> str:
    terms = f'<p class="small muted as-written">{escape(paper.terms)}</p>' if paper.terms else ""
    return (
        f'<article class="paper" aria-label="{escape(paper.heading)}">{_letterhead(paper)}{_facts(paper)}'
        f'<div class="stack">{_lines(paper)}{_totals(paper)}</div>{terms}</article>'
    )


def _letterhead(paper: InvoicePaper) -> str:
    words = f'<p class="strong">{escape(paper.seller)}</p>'
    words += "".join(f'<p class="muted num">{escape(line)}</p>' for line in paper.seller_lines)
    return (
        f'<div class="paper-head"><div class="doc-logo logo">{_logo()}</div>'
        f'<div class="small letterhead">{words}</div></div>'
    )


def _facts(paper: InvoicePaper) -> str:
    who = "".join(f'<span class="block">{escape(line)}</span>' for line in paper.who)
    facts = [
        ("For", who, ""),
        ("Invoice", escape(paper.number), "num"),
        ("Issued", escape(paper.issued), "num"),
        ("Due", escape(paper.due), "num"),
        ("Work at", escape(paper.place), ""),
    ]
    shown = (f'<div><dt>{label}</dt><dd class="{style}">{html}</dd></div>' for label, html, style in facts if html)
    return f'<dl class="facts">{"".join(shown)}</dl>'


def _lines(paper: InvoicePaper) -> str:
    more = f'<p class="small muted">{escape(paper.more_lines)}</p>' if paper.more_lines else ""
    if not paper.lines:
        return more
    prices = '<th scope="col" class="n opt">Price</th><th scope="col" class="n">Amount</th>' if paper.priced else ""
    return (
        '<table class="lines"><caption class="sr">What was done</caption><thead><tr><th scope="col">Work and parts</th>'
        f'<th scope="col" class="n opt">Quantity</th>{prices}</tr></thead><tbody>'
        f"{''.join(_line(line, priced=paper.priced) for line in paper.lines)}</tbody></table>{more}"
    )


def _line(line: PaperLine, *, priced: bool) -> str:
    detail = f'<span class="small muted as-written">{escape(line.detail)}</span>' if line.detail else ""
    prices = f'<td class="n opt">{escape(line.price)}</td><td class="n">{escape(line.amount)}</td>' if priced else ""
    return (
        f'<tr><td><span class="what">{escape(line.what)}</span>{detail}'
        f'<span class="small faint only-phone num">{escape(line.each)}</span></td>'
        f'<td class="n opt">{escape(line.quantity)}</td>{prices}</tr>'
    )


def _totals(paper: InvoicePaper) -> str:
    rows = [(one.label, one.amount, False) for one in paper.sums] + [("Total", paper.total, True)]
    if paper.after:
        rows += [*((one.label, one.amount, False) for one in paper.after), ("Left to pay", paper.rest, True)]
    return f'<dl class="totals">{"".join(_total(*row) for row in rows)}</dl>'


def _total(label: str, amount: str, strong: bool) -> str:
    row, word = (' class="sum"', "") if strong else ("", ' class="muted"')
    return f"<div{row}><dt{word}>{escape(label)}</dt><dd>{escape(amount)}</dd></div>"
