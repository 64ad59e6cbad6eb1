"""Clusters: outlines that point at no door, which could be one provider's, and who could take what waits there."""

import dataclasses
from pathlib import Path

import pandas as pd
import pytest
from shapely import Point

from marketmap.inputs.county import read_county
from marketmap.outputs.files.tables import encode_table
from marketmap.outputs.maps.area_map import area_group, pick_districts
from marketmap.outputs.schema.block import CLUSTERS
from marketmap.outputs.schema.explore import CLUSTER_PROVIDERS
from marketmap.outputs.views.cluster_view import (
    NOTHING,
    REST,
    WAITING,
    describe_waiting,
    name_districts,
    outline_clusters,
    pick_clusters,
    shade_clusters,
    tell_cluster,
    tell_providers,
    tell_sectors,
    who_could,
)
from marketmap.outputs.views.market_view import MarketView, view_market
from tests.outputs.factory import write_county

NAN = float("nan")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_county(tmp_path_factory.mktemp("clusters") / "county")


@pytest.fixture(scope="module")
def view(folder: Path) -> MarketView:
    return view_market(read_county(folder))


@pytest.fixture(scope="module")
def members(view: MarketView) -> pd.DataFrame:
    """One cluster a sector, in place of those by road."""
    placed = view.packages[view.packages["placeable"]].drop_duplicates("postcode").sort_values("postcode")
    return pd.DataFrame({"postcode": placed["postcode"], "cluster_id": "C" + placed["sector"].str[-3:]}).reset_index(
        drop=True
    )


@pytest.fixture(scope="module")
def clusters(view: MarketView, members: pd.DataFrame) -> pd.DataFrame:
    found = view.packages[view.packages["placeable"]].merge(members, on="postcode").groupby("cluster_id")
    table = found.agg(packages=("package_id", "size"), contact_hours=("hours_week", "sum")).reset_index()
    return table.assign(providers=3, largest_provider_share=0.4, postcodes=1)


def test_who_waits_in_each_cluster_is_counted(view: MarketView, clusters: pd.DataFrame, members: pd.DataFrame) -> None:
    found = describe_waiting(clusters, members, view)
    waiting = view.packages[view.packages["placeable"] & (view.packages["status"] == "waiting")]
    assert found["packages_waiting"].sum() == len(waiting)
    assert found["hours_waiting"].sum() == waiting["hours_week"].sum()


def test_what_could_be_one_providers_is_picked_by_either_sign() -> None:
    table = pd.DataFrame(
        {
            "cluster_id": ["a", "b", "c", "d"],
            "contact_hours": [100.0, 200.0, 300.0, 400.0],
            "providers": [9, 2, 9, 0],
            "largest_provider_share": [0.6, 0.3, 0.3, NAN],
        }
    )
    assert pick_clusters(table)["cluster_id"].tolist() == ["a", "b", "c", "d"]
    assert pick_clusters(table, least_hours=200)["cluster_id"].tolist() == ["b", "c", "d"]
    assert pick_clusters(table, largest_part=0.5)["cluster_id"].tolist() == ["a"]
    assert pick_clusters(table, largest_part=0.5, most_providers=2)["cluster_id"].tolist() == ["a", "b", "d"]
    assert pick_clusters(table, least_hours=999).empty


def test_outlines_hold_all_places_of_a_cluster_and_touch_no_door(view: MarketView, members: pd.DataFrame) -> None:
    points = view.places.points
    outlines = outline_clusters(members, points)
    assert outlines.crs.to_epsg() == 4326
    assert outlines.geometry.is_valid.all()
    on_grid = outlines.set_index("cluster_id").to_crs(27700).geometry
    assert (on_grid.area > 250_000).all()
    for cluster, part in members.groupby("cluster_id"):
        spots = points.loc[part["postcode"]]
        assert all(on_grid[cluster].buffer(100).contains_properly(_spot(row)) for row in spots.itertuples())
    lone = outline_clusters(members.head(1), points)
    assert len(lone) == 1


def _spot(row: object) -> object:
    return Point(row.easting, row.northing)  # type: ignore[attr-defined]


def test_many_sectors_are_counted_and_none_is_cut_in_the_middle() -> None:
    names = [f"GL{number} 1" for number in range(1, 15)]
    assert tell_sectors(names[:13]) == ", ".join(names[:13])
    assert tell_sectors(names) == f"{', '.join(names[:12])} and 2 more"


def test_waiting_packages_and_their_hours_stand_apart() -> None:
    row = dict.fromkeys(CLUSTERS.names, 1.0) | {"packages_waiting": 7, "hours_waiting": 91.5}
    assert tell_cluster(row)["Packages waiting"] == "7 (92 h a week)"


def test_small_clusters_are_drawn_above_large_ones(
    view: MarketView, clusters: pd.DataFrame, members: pd.DataFrame
) -> None:
    shapes = shade_clusters(outline_clusters(members, view.places.points), clusters)
    assert shapes["value"].is_monotonic_decreasing
    group = area_group(shapes, breaks=(100.0,), districts=pick_districts(view.outlines), chosen=shapes["area_code"][0])
    assert group._children


@pytest.mark.parametrize(
    ("count", "part", "told"),
    [
        (0, NAN, "nobody works there yet"),
        (1, 1.0, "1 provider"),
        (9, 0.25, "9 providers, the largest with 25% of the hours held"),
    ],
)
def test_providers_are_told_in_words(count: int, part: float, told: str) -> None:
    assert tell_providers(count, part) == told


def test_spare_hours_are_set_against_who_waits_and_what_others_hold(view: MarketView, members: pd.DataFrame) -> None:
    cluster = members["cluster_id"].mode()[0]
    inside = view.packages[
        view.packages["placeable"]
        & view.packages["postcode"].isin(members.loc[members["cluster_id"] == cluster, "postcode"])
    ]
    waits = inside.loc[inside["status"] == "waiting", "hours_week"].sum()
    held = inside[inside["status"] == "active"].groupby("provider_id")["hours_week"].sum()
    most = held.idxmax()
    others = held.sum() - held[most]
    assert waits > 0

    def covers(spare: float) -> str:
        capacity = view.capacity.assign(hours_spare_week=spare)
        found = who_could(dataclasses.replace(view, capacity=capacity), members, cluster=cluster)
        assert list(found.columns) == list(CLUSTER_PROVIDERS.names)
        return str(found.set_index("provider_id").loc[most, "covers"])

    assert covers(waits + others) == REST
    assert covers(waits + others - 1) == WAITING
    assert covers(waits) == WAITING
    assert covers(waits - 1) == NOTHING
    assert covers(NAN) == "not stated"


def test_an_unknown_cluster_has_nobody_and_can_still_be_written(view: MarketView, members: pd.DataFrame) -> None:
    found = who_could(view, members, cluster="C999")
    assert found.empty
    assert encode_table(found, CLUSTER_PROVIDERS).count(b"\n") == 1


def test_a_cluster_is_named_by_the_districts_of_its_care_and_not_of_its_sectors() -> None:
    members = pd.DataFrame({"postcode": ["GL1 1AA", "GL2 2AA", "GL3 3AA"], "cluster_id": ["C1", "C1", "C2"]})
    packages = pd.DataFrame(
        {
            "postcode": ["GL1 1AA", "GL2 2AA", "GL2 2AA", "GL3 3AA", "GL9 9AA"],
            "district_code": ["E1", "E2", "E2", "E3", "E1"],
            "hours_week": [10.0, 7.0, 7.0, 3.0, 99.0],
        }
    )
    told = name_districts(members, packages, names={"E1": "Gloucester", "E2": "Stroud"})
    assert told.to_dict() == {"C1": "Stroud, Gloucester", "C2": "E3"}
