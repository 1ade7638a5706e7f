"""One module or package per outside system; they know no tables."""
