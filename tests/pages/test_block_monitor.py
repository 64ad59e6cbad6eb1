import dataclasses
from pathlib import Path

import pandas as pd
import pytest

from marketmap.outputs.files.folder import OutputFolder
from marketmap.outputs.files.reading import read_plan
from marketmap.outputs.maps.place_maps import place_unused
from marketmap.outputs.views.monitor_view import (
    choose_headings,
    draw_bars,
    keep_week,
    list_weeks,
    place_blocks,
    read_monitor,
    tabulate_week,
    tell_change,
)
from tests.measured import Measured
from tests.pages.measured_pages import become, buttons, html_of, point_at, run, words


def monitor_page() -> None:
    from marketmap.pages import block_monitor

    block_monitor.show()


@pytest.fixture(autouse=True)
def folders(measured: Measured, monkeypatch: pytest.MonkeyPatch, places: None) -> None:
    del places  # sets other folders, before these
    point_at(measured, monkeypatch)


def test_each_block_stands_with_guaranteed_and_delivered_hours(measured: Measured) -> None:
    weeks = pd.read_csv(measured.monitor / "internal" / "block_monitor.csv")
    test = run(monitor_page)
    assert not test.exception
    markup = html_of(test)
    row = weeks.iloc[0]
    assert "Every block in the week from 21 September 2026" in markup
    assert f"<th scope='row'>{row['block_id']}</th>" in markup
    assert f"{row['hours_delivered']:,.0f} hours were delivered against {row['hours_guaranteed']:,.0f}" in markup
    assert f"of {row['started_since_start']:.0f}; " in markup


def test_one_week_alone_says_that_there_is_no_change_to_show(measured: Measured) -> None:
    assert len(list_weeks(read_monitor(measured.monitor))) == 1
    markup = html_of(run(monitor_page))
    assert "no week before to compare with" in markup
    assert "Change since last week" not in markup


class TestFigures:
    def two_weeks(self, measured: Measured) -> pd.DataFrame:
        weeks = read_monitor(measured.monitor).weeks
        before = weeks.assign(week="2026-09-14")
        later = weeks.assign(change_hours_delivered=-3.5, change_note="")
        return pd.concat([before, later], ignore_index=True)

    def test_the_last_week_is_first_and_has_its_change(self, measured: Measured) -> None:
        files = dataclasses.replace(read_monitor(measured.monitor), weeks=self.two_weeks(measured))
        assert list_weeks(files) == ["2026-09-21", "2026-09-14"]
        told = tabulate_week(keep_week(files, "2026-09-21"), names=pd.Series(dtype=str))
        assert set(told["change"]) == {"-3.5"}
        assert "change" in choose_headings(keep_week(files, "2026-09-21"))
        assert set(tabulate_week(keep_week(files, "2026-09-14"), names=pd.Series(dtype=str))["change"]) == {
            "no week before"
        }

    @pytest.mark.parametrize(
        ("change", "note", "told"),
        [(1.26, "", "+1.3"), (float("nan"), "needs two weeks", "no week before"), (float("nan"), "", "not known")],
    )
    def test_a_change_has_its_sign_or_the_reason(self, change: float, note: str, told: str) -> None:
        assert tell_change(change, note) == told

    @pytest.mark.parametrize(
        ("unused", "guaranteed", "place"),
        [(0, 100, 0), (10, 100, 0), (10.1, 100, 1), (33, 100, 1), (34, 100, 2), (1, 0, -1), (float("nan"), 9, -1)],
    )
    def test_blocks_are_classed_by_the_share_that_is_not_used(
        self, unused: float, guaranteed: float, place: int
    ) -> None:
        assert place_unused(unused, guaranteed) == place

    def test_a_block_is_drawn_where_the_plan_has_its_zone(self, measured: Measured) -> None:
        rows = keep_week(read_monitor(measured.monitor), "2026-09-21")
        zones = read_plan(measured.plan).zones
        placed = place_blocks(
            zones, rows, names=measured.county.tables.providers.set_index("provider_id")["provider_name"]
        )
        assert placed["block_id"].tolist() == rows["block_id"].tolist()
        assert placed["hours_delivered"].tolist() == rows["hours_delivered"].tolist()
        assert placed["provider"].str.startswith("Care company").all()
        assert place_blocks(zones.iloc[:0], rows, names=pd.Series(dtype=str)).empty

    def test_the_bars_hold_every_block_twice_and_nothing_else(self, measured: Measured) -> None:
        rows = keep_week(read_monitor(measured.monitor), "2026-09-21")
        spec = draw_bars(rows).to_dict()
        values = next(iter(spec["datasets"].values()))
        assert len(values) == 2 * len(rows)
        assert {value["kind"] for value in values} == {"Guaranteed", "Delivered"}
        assert {key for value in values for key in value} == {"block_id", "kind", "hours", "told"}


def test_rows_of_packages_are_for_brokers_and_commissioners(
    measured: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    become("viewer", monkeypatch)
    test = run(monitor_page)
    assert buttons(test) == ["Blocks by week (CSV)", "Blocks by week (XLSX)"]
    assert "for brokers and commissioners" in html_of(test)
    become("broker", monkeypatch)
    assert "Packages that went elsewhere (CSV)" in buttons(run(monitor_page))


def test_without_a_block_that_has_begun_the_page_says_so(
    measured: Measured, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    record = read_monitor(measured.monitor).record
    with OutputFolder(tmp_path / "monitor") as folder:
        folder.write_bytes("internal/monitor.html", b"<p>No block has begun.</p>")
        folder.finish(record)
    monkeypatch.setenv("MARKETMAP_MONITOR", str(tmp_path / "monitor"))
    test = run(monitor_page)
    assert not test.exception
    assert "nothing to monitor" in words(test)


def test_without_results_they_are_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, begun: list[str]) -> None:
    monkeypatch.setenv("MARKETMAP_MONITOR", str(tmp_path / "nowhere"))
    test = run(monitor_page)
    assert not test.exception
    assert "block monitor is being made" in words(test)
    assert begun == ["monitor"]


def test_without_a_plan_the_figures_stand_without_the_map(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MARKETMAP_OUT", str(tmp_path / "nowhere"))
    test = run(monitor_page)
    assert not test.exception
    assert not test.get("component_instance")
    assert "Every block in the week" in html_of(test)
