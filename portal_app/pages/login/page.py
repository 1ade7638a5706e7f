"""The branded doorway: e-mail and password, posted by the browser itself."""

import reflex as rx

from portal_app import routes
from portal_app.components.forms import NativeForm, field, password_input, text_input
from portal_app.components.icons import icon
from portal_app.components.links import plain_link
from portal_app.components.lists import notice
from portal_app.components.shell import doorway
from portal_app.components.shell_state import ShellState
from portal_app.pages.login.state import SENTENCES, LoginState
from portal_app.services.demo_accounts import DemoAccount


def login_page() -> rx.Component:
    """Return the sign-in page; its form works before and without any script."""
    return doorway(
        rx.el.div(
            rx.el.h1("Sign in"),
            rx.el.p("See your visits, quotes and invoices, and what we found.", class_name="text muted"),
            _problem(),
            # Without scripts the address's code word cannot be turned into its sentence.
            rx.el.noscript(
                "Back here after signing in? Then e-mail address and password did not go together, or there were too "
                "many attempts: please try again, or have a link e-mailed."
            ),
            class_name="stack-s",
        ),
        _form(),
        _new_here(),
        _demo(),
    )


def _problem() -> rx.Component:
    """Hold the sentences that an address's code word can call for; page.js and the stylesheet show the one meant."""
    sentences = [
        rx.el.div(notice(sentence, "overdue"), custom_attrs={"data-when": word}) for word, sentence in SENTENCES.items()
    ]
    return rx.el.div(
        *sentences, id="login-problem", role="alert", tab_index=-1, custom_attrs={"data-problem-box": "yes"}
    )


def _form() -> rx.Component:
    return NativeForm.create(
        # Filled by page.js from the address when the form is sent; the server only takes paths of this site.
        rx.el.input(type="hidden", name="next"),
        field(
            "E-mail",
            text_input(
                "email", type="email", auto_complete="username", required=True, max_length=254, input_mode="email"
            ),
            control_id="email",
        ),
        field(
            "Password",
            password_input("password", auto_complete="current-password", required=True, max_length=200),
            control_id="password",
            aside=plain_link(
                "Forgotten it?",
                rx.el.span(" Choose a new password", class_name="sr"),
                address=routes.AUTH_FORGOT,
                class_name="text",
            ),
        ),
        rx.el.label(
            rx.el.input(type="checkbox", name="remember", value="yes", class_name="tick"),
            "Keep me signed in on this phone",
            class_name="remember",
        ),
        rx.el.button("Sign in", type="submit", class_name="btn btn-primary btn-lg btn-block"),
        rx.el.p("or without a password", class_name="or"),
        rx.el.button(
            icon("mail"),
            "E-mail me a link",
            type="submit",
            form_action=routes.AUTH_LINK,
            form_no_validate=True,
            class_name="btn btn-lg btn-block",
        ),
        action=routes.AUTH_LOGIN,
        method="post",
        class_name="stack",
        custom_attrs={"aria-describedby": "login-problem"},
    )


def _demo() -> rx.Component:
    """Say in the demo that this is one, and who can be signed in as."""
    return rx.cond(
        LoginState.demo_password != "",
        rx.el.div(
            icon("info"),
            rx.el.div(
                rx.el.p(rx.el.strong("This is a demo."), " Sign in as"),
                rx.el.ul(rx.foreach(LoginState.demo_accounts, _account), class_name="accounts"),
                rx.el.p("each with the password ", rx.el.code(LoginState.demo_password)),
                class_name="accounts",
            ),
            class_name="notice notice-brand",
        ),
    )


def _account(account: rx.vars.ObjectVar[DemoAccount]) -> rx.Component:
    return rx.el.li(rx.el.code(account.email), account.who)


def _new_here() -> rx.Component:
    ring = rx.fragment("ring ", plain_link(ShellState.phone, address=ShellState.phone_link, class_name="nowrap"))
    return rx.el.p(
        "New here? Have a link e-mailed to the address you gave us, or ",
        rx.cond(ShellState.phone != "", ring, rx.fragment("ask the office")),
        ".",
        class_name="text muted",
    )
