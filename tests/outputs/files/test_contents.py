"""The README.txt of an output folder: what each file is, what to open, and what may leave."""

from __future__ import annotations

from marketmap.outputs.files.contents import NONE_OUTSIDE, OUTSIDE, describe_contents
from tests.outputs.factory import make_record


def test_each_file_says_what_it_is() -> None:
    paths = ["public/report.html", "internal/report.html", "internal/gaps.csv", "internal/areas.gpkg"]
    text = describe_contents(make_record(), paths, rows={"internal/gaps.csv": "each area"})
    assert "  internal/gaps.csv: one row for each area\n" in text
    assert "  internal/areas.gpkg: the areas with their figures, for a map program\n" in text
    assert "  internal/report.html: to read in a browser" in text
    assert "Open internal/report.html first." in text


def test_a_run_with_nothing_public_says_so() -> None:
    inside = describe_contents(make_record(), ["internal/rounds.csv"], rows={})
    assert NONE_OUTSIDE in inside
    assert OUTSIDE not in inside
    assert " first." not in inside
    both = describe_contents(make_record(), ["internal/gaps.csv", "public/gaps.csv"], rows={})
    assert OUTSIDE in both
    assert NONE_OUTSIDE not in both
