"""How much memory this process has used at most."""

import resource
import sys


def peak_rss_bytes() -> int:
    """Return the most memory this process ever had resident; the unit of ru_maxrss differs, see getrusage(2)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
