"""The demo's mailbox: a real SMTP server that keeps what it is sent, with a page and an API to read it."""
