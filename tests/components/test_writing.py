"""Text areas: what is pasted too long is told to be, and never cut off unseen."""

import ast

from portal_app.settings import ROOT


def test_browsers_let_more_through_than_is_taken():
    calls = [
        (path.name, node)
        for path in (ROOT / "portal_app").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "text_area"
    ]
    assert len(calls) > 5
    for name, call in calls:
        [longest] = [word.value for word in call.keywords if word.arg == "max_length"]
        assert isinstance(longest, ast.BinOp), f"{name}:{call.lineno}: as long as is taken, and not longer"
        assert isinstance(longest.op, ast.Add), f"{name}:{call.lineno}"
