"""Browsers in plain words."""

import re

# In this order: most browsers also name the ones they stem from.
_BROWSERS = (
    (r"\bEdgA?(iOS)?/", "Edge"),
    (r"\b(OPR|Opera)/", "Opera"),
    (r"\bSamsungBrowser/", "Samsung Internet"),
    (r"\b(Firefox|FxiOS)/", "Firefox"),
    (r"\b(HeadlessChrome|Chrome|CriOS|Chromium)/", "Chrome"),
    (r"\bSafari/", "Safari"),
)
_SYSTEMS = (
    (r"\biPhone\b", "an iPhone"),
    (r"\biPad\b", "an iPad"),
    (r"\bAndroid\b", "an Android phone"),
    (r"\bCrOS\b", "a Chromebook"),
    (r"\bWindows\b", "Windows"),
    (r"\bMac OS X\b|\bMacintosh\b", "a Mac"),
    (r"\bLinux\b|\bX11\b", "Linux"),
)


def device_words(user_agent: str) -> str:
    """Return a browser as its owner knows it, such as `Chrome on an Android phone`; it says so when it is unknown."""
    browser = _first(_BROWSERS, user_agent)
    system = _first(_SYSTEMS, user_agent)
    if system == "an Android phone" and not re.search(r"\bMobile\b", user_agent):
        system = "an Android tablet"
    if browser and system:
        return f"{browser} on {system}"
    return browser or (f"A browser on {system}" if system else "A browser we do not know")


def _first(patterns: tuple[tuple[str, str], ...], text: str) -> str:
    return next((word for pattern, word in patterns if re.search(pattern, text)), "")
