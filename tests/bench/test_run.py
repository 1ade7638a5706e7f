"""Every measurement runs; at these sizes its numbers mean nothing."""

import argparse

import pytest

from bench import report
from bench.report import Row, percentile
from bench.run import MEASUREMENTS, PAGE, run
from portal_app.commands import bench


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_it_works() -> None:
    before = PAGE.read_bytes() if PAGE.exists() else b""
    rows = run(quick=True)
    assert len(rows) >= len(MEASUREMENTS)
    assert all(row.result and row.floor and row.how for row in rows)
    statements = next(row for row in rows if "SQL statements" in row.what)
    assert statements.met, statements.line()
    assert (PAGE.read_bytes() if PAGE.exists() else b"") == before, "a trial run must not write the page"


def test_an_unknown_name_gets_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(argparse.Namespace(only="nonsense", quick=True)) == 2
    assert (
        "there are: import, idle, home, jobs, history, search, papers, photos, webhooks, change, job-pages, memory"
        in capsys.readouterr().out
    )


def test_the_page_shows_what_was_missed() -> None:
    rows = [
        Row("Fast thing", "≤ 1 s", "0.5 s", "0.4 s", "1.25", True, "with a watch."),
        Row("Slow thing", "≤ 1 s", "2 s", "0.4 s", "5.00", False, "with a calendar."),
    ]
    page = report.page(rows, "the command", busy=(0.5, 1.5))
    assert "| Fast thing | ≤ 1 s | 0.5 s | 0.4 s | 1.25 | yes |" in page
    assert "| Slow thing | ≤ 1 s | 2 s | 0.4 s | 5.00 | **no** |" in page
    assert "- **Slow thing**: with a calendar." in page


def test_a_percentile_is_one_of_the_values() -> None:
    values = [float(number) for number in range(100, 0, -1)]
    assert (percentile(values, 0.5), percentile(values, 0.95), percentile([7.0], 0.95)) == (50.0, 95.0, 7.0)
