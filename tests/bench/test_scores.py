"""What Lighthouse found is read fairly: medians for goals, the worst run for floors, and it stands in its own part."""

from dataclasses import replace

import pytest

from bench import report, scores
from bench.scores import SUBJECTS, Measured

RUN = {
    "benchmark": 1200,
    "failed": [],
    "scores": {"performance": 95, "accessibility": 100, "best-practices": 100},
    "numbers": {
        "first-contentful-paint": 2000,
        "largest-contentful-paint": 2200,
        "total-blocking-time": 90,
        "cumulative-layout-shift": 0.01,
        "total-byte-weight": 180 * 1024,
    },
}


def run(performance: int = 95, **numbers: float) -> dict:
    return {
        **RUN,
        "scores": {**RUN["scores"], "performance": performance},
        "numbers": {**RUN["numbers"], **{name.replace("_", "-"): value for name, value in numbers.items()}},
    }


def measured(*runs: dict, css: int = 9000) -> list[Measured]:
    return [Measured(subject, list(runs) or [run()], css) for subject in SUBJECTS]


def test_goals_are_about_the_median_and_counted_from_the_blank_page():
    blank, sign_in, home, _ = measured()
    sign_in.runs = [run(93), run(20), run(97)]
    assert (sign_in.score, scores.meets(sign_in, blank.score)) == (93, True)
    assert not scores.meets(replace(sign_in, runs=[run(92)]), blank.score)
    home.runs = [run(89)]
    assert scores.meets(home, blank.score)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"total_byte_weight": 221 * 1024}, "it weighs 221 KiB"),
        ({"cumulative_layout_shift": 0.021}, "it shifts by 0.021"),
    ],
)
def test_one_run_below_a_floor_breaks_it(broken: dict, words: str):
    found = measured(run(), run(**broken))
    assert [one.broken() for one in found] == [[], *([f"{subject.name}: {words}."] for subject in SUBJECTS[1:])]
    text = scores.part(found, (0.5, 0.7), "Lighthouse 1")
    assert f"**Broken**: Sign-in: {words}." in text
    assert "Load average of a minute before the first run: 0.5, after the last: 0.7." in text


def test_a_score_below_100_names_what_failed():
    bad = {**run(), "scores": {**RUN["scores"], "accessibility": 97}, "failed": ["No label."]}
    assert measured(run(), bad)[1].broken() == ["Sign-in: accessibility is 97 (No label.)."]
    assert measured(css=16 * 1024)[1].broken() == ["Sign-in: its styles weigh 16.0 KB."]


def test_its_part_of_the_page_is_its_own():
    page = report.with_part("# Performance\n\n| a |\n", scores.NAME, "## One\n\nwords")
    assert page.startswith("# Performance\n\n| a |\n\n<!-- lighthouse -->\n\n## One")
    assert report.part(page, scores.NAME) == "## One\n\nwords"
    again = report.with_part(page, scores.NAME, "## Two")
    assert (again.count("## "), again.count("<!--")) == (1, 2)
    assert report.with_part(again, scores.NAME, "") == "# Performance\n\n| a |\n"


def test_the_command_fails_with_a_floor_and_not_with_a_goal():
    assert scores.exit_code(measured(run(20))) == 0
    assert scores.exit_code(measured(run(total_byte_weight=300 * 1024))) == 1
