"""One folder per page: page.py and state.py."""
