"""What the demo's business tells its customers: questions and answers, opening hours, terms."""

from portal_app.models import Faq

HOURS = "Monday to Friday, 8 am to 5.30 pm\nSaturday, 9 am to 1 pm\nEmergencies at any hour: ring us"

QUESTIONS = (
    (
        "My boiler has lost pressure. Can I top it up myself?",
        "Usually, yes.\n\n"
        "1. Let the boiler cool down.\n"
        "2. Open the two taps of the filling loop, slowly, until the gauge shows **between 1 and 1.5 bar**.\n"
        "3. Close both taps and switch the boiler on again.\n\n"
        "If it drops again within a week, there is a leak somewhere: ring us and we will find it.",
    ),
    (
        "I can smell gas. What shall I do?",
        "**Ring the National Gas Emergency Service first, free and at any hour: [0800 111 999](tel:0800111999).**\n\n"
        "- Open doors and windows.\n"
        "- Turn the gas off at the meter, if you can reach it safely.\n"
        "- Touch no switches and light nothing.\n\n"
        "Once they have made it safe, we come and mend it.",
    ),
    (
        "When exactly will you be here?",
        "You choose a window of two hours. On the day your home page here shows when your engineer sets off and when "
        "they expect to arrive, and it follows them as they drive.",
    ),
    (
        "How can I pay?",
        "By the bank details on your invoice, within 14 days. Please give the invoice's number, so that the payment "
        "finds its way. Landlords and businesses may ask us for a monthly account.",
    ),
    (
        "How often does a boiler need a service?",
        "Once a year, and most makers ask for it to keep their guarantee. A service takes about an hour: we clean the "
        "burner, test the flue, check the pressure and leave you a written report. It is among your jobs afterwards.",
    ),
    (
        "Do you guarantee your work?",
        "Yes: **two years on our own work**, and the maker's guarantee on every part. If something we mended fails "
        "within that time, we come back without a call-out charge.",
    ),
)

TERMS = """\
# What we agree

These terms hold for all work of Hartley Heating & Plumbing in private homes. Nothing in them takes away a right that \
the law gives you.

## Quotes and prices

A quote holds for 30 days and includes VAT. If we find something that could not be seen before, we stop, tell you what \
it would cost, and go on **only when you agree**.

## Visits

We come within the window you chose. You may move or cancel a visit free of charge until noon on the day before; after \
that we may charge for the call-out.

## Payment

Invoices are due 14 days after their date. Parts stay ours until they are paid for.

## Our guarantee

- Two years on our own work.
- The maker's guarantee on boilers and parts.
- Neither covers frost, limescale, or work by others on what we fitted.

## If something goes wrong

Ring us, or write to [hello@hartley.example](mailto:hello@hartley.example). We answer within two working days. You may \
cancel work ordered at home or by telephone within 14 days, unless you asked us to start sooner.
"""


def questions() -> list[Faq]:
    """Return the questions in their order, not yet stored."""
    return [Faq(position=at, question=asked, answer=said) for at, (asked, said) in enumerate(QUESTIONS, start=1)]
