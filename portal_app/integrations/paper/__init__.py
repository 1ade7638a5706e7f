"""Papers as PDF: what they say as plain facts (`records`), as words (`words`), and the press that sets them."""
