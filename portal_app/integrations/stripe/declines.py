"""Stripe's codes of failed payments as sentences for the payer: https://docs.stripe.com/declines/codes."""

_TRY_ANOTHER = "Please use another card or way to pay, or ask your bank."
_ASK_BANK = f"Your bank did not accept this payment. {_TRY_ANOTHER}"
_WRONG_DETAILS = "Please check the details and try again."
_NO_MONEY = "There was not enough money for this payment. Please use another card or way to pay."
_CLOSED = "The bank account cannot be used. Please use another account or way to pay."
_LATER = "This could not be worked on just now and nothing was taken. Please try again in a while."

_SENTENCES = {
    "authentication_required": "Your bank wants you to confirm this payment yourself.",
    "insufficient_funds": _NO_MONEY,
    "withdrawal_count_limit_exceeded": f"Your card has reached its limit. {_TRY_ANOTHER}",
    "card_velocity_exceeded": f"Your card has reached its limit. {_TRY_ANOTHER}",
    "expired_card": "Your card has expired. Please use another card.",
    "incorrect_cvc": f"The card's security code is not right. {_WRONG_DETAILS}",
    "invalid_cvc": f"The card's security code is not right. {_WRONG_DETAILS}",
    "incorrect_number": f"The card number is not right. {_WRONG_DETAILS}",
    "invalid_number": f"The card number is not right. {_WRONG_DETAILS}",
    "invalid_expiry_month": f"The card's expiry date is not right. {_WRONG_DETAILS}",
    "invalid_expiry_year": f"The card's expiry date is not right. {_WRONG_DETAILS}",
    "incorrect_zip": f"The postcode does not match the card. {_WRONG_DETAILS}",
    "card_not_supported": "This card cannot be used for such a payment. Please use another card or way to pay.",
    "currency_not_supported": "This card cannot pay in this currency. Please use another card or way to pay.",
    "processing_error": _LATER,
    "issuer_not_available": _LATER,
    "try_again_later": _LATER,
    "reenter_transaction": _LATER,
    "account_closed": _CLOSED,
    "bank_account_closed": _CLOSED,
    "bank_account_unusable": _CLOSED,
    "no_account": _CLOSED,
    "invalid_account": _CLOSED,
    "incorrect_account_holder_name": f"The name does not match the bank account. {_WRONG_DETAILS}",
    "debit_not_authorized": f"The bank says that this direct debit was not agreed to. {_TRY_ANOTHER}",
    "debit_disputed": f"The direct debit was reversed at the bank. {_TRY_ANOTHER}",
    "refer_to_customer": "The bank returned the direct debit. Please ask your bank, or use another way to pay.",
    "payment_method_bank_account_not_verified": "The bank account has not been verified yet.",
    "payment_method_microdeposit_failed": f"The bank account could not be verified. {_TRY_ANOTHER}",
}


def sentence_for(code: str, decline_code: str = "") -> str:
    """Return why a payment failed, for the payer; reasons such as suspected fraud are not told, as Stripe advises."""
    return _SENTENCES.get(decline_code) or _SENTENCES.get(code) or _ASK_BANK
