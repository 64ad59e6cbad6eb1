"""What is drawn for a chosen block, and where two plans differ."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from marketmap.outputs.drafts.desk_maps import shape_changes
from marketmap.outputs.files.notices import notices_of
from marketmap.outputs.files.reading import PlanFiles, read_plan
from marketmap.outputs.maps.layers import _Fit
from marketmap.outputs.maps.plan_maps import (
    HULL_MARGIN_METRES,
    difference_map,
    focus_block,
    outline_footprint,
    place_point,
    view_of,
)
from marketmap.outputs.maps.properties import safe_text
from marketmap.outputs.views.plan_charts import BEST, BOUND, PICK, draw_frontier, draw_progress
from marketmap.outputs.views.plan_pairs import list_changes
from tests.outputs.factory import HOSTILE_NAMES, write_county, write_output

CENTRE = (480_000.0, 310_000.0)


def make_packages(*offsets: float, provider: str = "P1", status: str = "active") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "provider_id": provider,
            "person_id": [f"{provider}{number}" for number in range(len(offsets))],
            "status": status,
            "placed": True,
            "easting": [CENTRE[0] + offset for offset in offsets],
            "northing": CENTRE[1],
        }
    )


def make_zone() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[shapely.Point(CENTRE).buffer(1000)], crs=27700).to_crs(4326)


class TestFootprint:
    def test_it_holds_the_work_near_the_zone_and_no_other(self) -> None:
        packages = pd.concat(
            [
                make_packages(0.0, 800.0, 4_000.0, 40_000.0),
                make_packages(-3_000.0, provider="P2"),
                make_packages(-4_000.0, status="waiting"),
            ]
        )
        found = outline_footprint(packages, provider_id="P1", zone=make_zone())
        assert found[["people", "packages"]].iloc[0].tolist() == [3, 3]
        west, _, east, _ = found.to_crs(27700).total_bounds
        assert east - west == pytest.approx(4_000 + 2 * HULL_MARGIN_METRES, rel=0.05)

    def test_few_people_are_not_outlined_where_that_is_asked(self) -> None:
        packages = make_packages(0.0, 500.0)
        assert len(outline_footprint(packages, provider_id="P1", zone=make_zone(), least_people=2)) == 1
        assert outline_footprint(packages, provider_id="P1", zone=make_zone(), least_people=3).empty
        assert outline_footprint(packages, provider_id="P9", zone=make_zone()).empty


def test_the_chosen_block_is_outlined_with_its_providers_office_where_that_is_known() -> None:
    nowhere, here = place_point(float("nan"), 0.0), place_point(*CENTRE)
    empty = make_zone().iloc[:0]
    assert nowhere.empty
    bare = focus_block(make_zone(), footprint=empty, base=nowhere)
    full = focus_block(make_zone(), footprint=make_zone(), base=here)
    assert len(full._children) == len(bare._children) + 2
    assert len(focus_block(empty, footprint=empty, base=nowhere)._children) == 0


def test_the_map_moves_to_a_shape_at_a_zoom_that_shows_it_whole() -> None:
    near, far = view_of(make_zone()), view_of(gpd.GeoDataFrame(geometry=[shapely.box(-3, 51, -1, 53)], crs=4326))
    assert near is not None
    assert far is not None
    assert near[1] > far[1]
    assert far[0] == pytest.approx((52.0, -2.0))
    metres_a_pixel = 40_075_016.7 * 0.61 / (256 * 2 ** near[1])
    assert metres_a_pixel * 560 > 2_000
    assert view_of(make_zone().iloc[:0]) is None


class TestDifferences:
    @pytest.fixture(scope="class")
    def plans(self, tmp_path_factory: pytest.TempPathFactory) -> tuple[PlanFiles, PlanFiles]:
        folder = tmp_path_factory.mktemp("two")
        return (
            read_plan(write_output(folder / "a", names=HOSTILE_NAMES)),
            read_plan(write_output(folder / "b", names=HOSTILE_NAMES, blocks=2)),
        )

    def test_shapes_cover_what_changes_and_carry_its_hours(
        self, plans: tuple[PlanFiles, PlanFiles], tmp_path: Path
    ) -> None:
        first, second = plans
        county = write_county(tmp_path / "county")
        changes = list_changes(first, second).join(first.points.set_index("postcode")["contact_hours"])
        shapes = shape_changes(county, changes)
        assert shapes["contact_hours"].sum() == pytest.approx(changes["contact_hours"].sum())
        assert len(shapes) == len(changes.drop_duplicates(["was", "now", "to_spot"]))
        assert not shapes.geometry.is_empty.any()
        made = difference_map(
            shapes, first=first.zones, second=second.zones, areas=first.areas, notices=notices_of(first.record)
        )
        ((south, west), (north, east)) = next(
            child.bounds for child in made._children.values() if isinstance(child, _Fit)
        )
        around = shapely.box(west, south, east, north)
        assert around.contains(shapely.box(*shapes.total_bounds))
        assert around.area < shapely.box(*shapes.buffer(0.04).total_bounds).area  # no more than what differs
        page = made.get_root().render()
        assert "Zones of the baseline" in page
        assert "<img src=x" not in page
        told = page.replace("\\u0026", "&")
        assert all(safe_text(name) in told for name in set(changes["was"]) | set(changes["now"]))


def test_the_course_of_a_search_starts_at_nought_and_leaves_out_what_is_not_there_yet() -> None:
    spec = draw_progress([(60.0, 10.0, float("nan")), (61.0, 9.0, 5.0)]).to_dict()
    rows = next(iter(spec["datasets"].values()))
    assert [(row["seconds"], row["line"]) for row in rows] == [(0.0, BEST), (1.0, BEST), (1.0, BOUND)]


def test_the_frontier_can_be_picked_from_and_rings_what_is_picked() -> None:
    frontier = pd.DataFrame(
        {
            "plan": ["F1", "proposed"],
            "carer_hours_moving": [0.0, 9.0],
            "travel_minutes_saved_week": [60.0, 600.0],
            "proposed": [False, True],
        }
    )
    spec = draw_frontier(frontier, chosen="F1").to_dict()
    assert PICK in {param["name"] for param in spec["params"]}
    rows = max(spec["datasets"].values(), key=len)
    assert [(row["plan"], row["saved"], row["ringed"]) for row in rows] == [
        ("F1", 1.0, True),
        ("proposed", 10.0, False),
    ]
