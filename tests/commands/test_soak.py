from pathlib import Path

from portal_app.commands.soak import page, read

REPORT = """<?xml version="1.0"?><testsuites><testsuite>
<testcase classname="tests.workflows.test_killed" name="test_nothing_is_lost" time="12.4"/>
<testcase classname="tests.workflows.test_any_order" name="test_any_order_ends_equal" time="3">
<failure message="x"/></testcase>
</testsuite></testsuites>"""


def test_the_page_says_what_held_and_what_did_not(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    text = page(read(report), times=20, seed=7)
    assert "| killed: nothing is lost | 12 s | held |" in text
    assert "| any order: any order ends equal | 3 s | **broken** |" in text
    assert "--seed 7" in text
