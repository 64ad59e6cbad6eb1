"""Gaps, both signs: spare hours lie on footprints, and what waits finds them by road or does not."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from marketmap.inputs.county import Tables
from marketmap.market.access import access_scores
from marketmap.market.footprints import find_deliveries
from marketmap.market.gaps import Gaps, find_gaps, measure_gaps, spread_spare
from marketmap.market.places import Places, place_postcodes
from marketmap.market.readings import read_gap, read_raam, read_score
from marketmap.settings import MarketSettings, Settings
from tests.blocks.small_county import make_street, make_tables, make_times

POSTCODES = make_street(30)  # a kilometre and two minutes from one to the next; ten to a sector
STREET = POSTCODES.index
HERE, NEXT, FAR = STREET[0], STREET[4], STREET[25]
SETTINGS = MarketSettings()


def make_market(packages: list[dict[str, object]], providers: list[dict[str, object]]) -> Tables:
    rows = [{"visits_week": 7.0, **package} for package in packages]
    return make_tables(rows, providers, postcodes=POSTCODES)


def waits(postcode: object, hours: float, **more: object) -> dict[str, object]:
    return {"postcode": postcode, "status": "waiting", "provider_id": pd.NA, "hours_week": hours, **more}


def held(postcode: object, hours: float, provider: str = "P1") -> dict[str, object]:
    return {"postcode": postcode, "provider_id": provider, "hours_week": hours}


def find(tables: Tables, settings: MarketSettings = SETTINGS) -> tuple[Gaps, Places]:
    whole = Settings(market=settings)
    places = place_postcodes(tables, settings=whole)
    deliveries, _ = find_deliveries(tables, places, settings=whole)
    spare = spread_spare(tables.providers, deliveries)
    return find_gaps(tables, spare, places, make_times(POSTCODES), settings=settings), places


def by_sector(tables: Tables, settings: MarketSettings = SETTINGS) -> pd.DataFrame:
    gaps, places = find(tables, settings)
    return measure_gaps(gaps, places, by="sector", settings=settings).set_index("area_code")


def test_spare_hours_lie_where_the_provider_works_and_not_at_its_office() -> None:
    tables = make_market(
        [held(HERE, 30.0), held(FAR, 10.0)],
        [{"provider_id": "P1", "postcode": NEXT, "hours_spare_week": 8.0},
         {"provider_id": "P2", "postcode": NEXT, "hours_spare_week": 5.0},
         {"provider_id": "P3", "postcode": NEXT, "hours_spare_week": 50.0, "placements_suspended": True},
         {"provider_id": "P4", "postcode": NEXT, "hours_spare_week": 0.0}],
    )  # fmt: skip
    places = place_postcodes(tables, settings=Settings())
    spare = spread_spare(tables.providers, find_deliveries(tables, places, settings=Settings())[0])
    found = spare.set_index(["provider_id", "postcode"])
    assert found["spare_hours"].to_dict() == {("P1", HERE): 6.0, ("P1", FAR): 2.0, ("P2", NEXT): 5.0}
    assert found["basis"].tolist() == ["footprint", "footprint", "office"]


def test_both_signs_of_a_gap() -> None:
    # Ten hours wait with two carers each where six are spare; at the far end twelve are spare and nobody waits.
    tables = make_market(
        [held(HERE, 10.0), held(FAR, 10.0, "P2"), waits(NEXT, 5.0, carers_required=2)],
        [{"provider_id": "P1", "hours_spare_week": 6.0}, {"provider_id": "P2", "hours_spare_week": 12.0}],
    )
    table = by_sector(tables)
    first, last = table.loc["LE15 0"], table.loc["LE15 2"]
    hours = ["waiting_hours", "waiting_met", "waiting_beyond", "spare_hours", "spare_used", "spare_unneeded"]
    assert first[hours].tolist() == pytest.approx([10.0, 6.0, 4.0, 6.0, 6.0, 0.0])
    assert last[hours].tolist() == pytest.approx([0.0, 0.0, 0.0, 12.0, 0.0, 12.0])
    assert (first["balance_hours"], last["balance_hours"]) == (-4.0, 12.0)
    assert "4.0 find no spare hours left within 10 minutes" in first["reading"]
    assert "12.0 have nobody waiting within reach" in last["reading"]
    assert table["demand_hours"].sum() == 30.0


def test_reach_ends_where_the_settings_say() -> None:
    tables = make_market([held(HERE, 10.0), waits(NEXT, 5.0)], [{"provider_id": "P1", "hours_spare_week": 9.0}])
    # From HERE to NEXT are 8 minutes.
    for minutes, met in ((8.0, 5.0), (7.9, 0.0)):
        settings = MarketSettings(spare_minutes=minutes)
        assert by_sector(tables, settings).loc["LE15 0", "waiting_met"] == pytest.approx(met)


def test_scores_are_those_of_access() -> None:
    tables = make_market(
        [held(HERE, 10.0), held(FAR, 20.0, "P2"), waits(NEXT, 5.0)],
        [{"provider_id": "P1", "hours_spare_week": 6.0}, {"provider_id": "P2", "hours_spare_week": 12.0}],
    )
    settings = MarketSettings(access_weights={"5": 1.0, "30": 0.5})
    gaps, places = find(tables, settings)
    at = np.array([0, 4, 25])
    minutes = make_times(POSTCODES).minutes[np.ix_(at, at)]
    rows = gaps.postcodes.set_index("postcode").loc[[HERE, NEXT, FAR]]
    for method in ("2sfca", "e2sfca", "3sfca"):
        expected = access_scores(minutes, [10.0, 5.0, 20.0], [6.0, 0.0, 12.0], method=method,
                                 weights=settings.access_weights)  # fmt: skip
        assert rows[f"access_{method}"].tolist() == pytest.approx(expected.tolist())
    table = measure_gaps(gaps, places, by="sector", settings=settings).set_index("area_code")
    mean = (rows["access_2sfca"] * rows["demand_hours"])[:2].sum() / 15.0
    assert table.loc["LE15 0", "access_2sfca"] == pytest.approx(mean)
    assert gaps.county["access_2sfca"] == pytest.approx(18.0 / 35.0)


@given(st.integers(0, 10_000))
@hypothesis_settings(max_examples=15)
def test_hours_are_neither_made_nor_lost(seed: int) -> None:
    rng = np.random.default_rng(seed)
    packages = [held(STREET[place], float(rng.uniform(1, 20)), f"P{place % 3}") for place in rng.integers(0, 30, 8)]
    packages += [waits(STREET[place], float(rng.uniform(1, 20))) for place in rng.integers(0, 30, 5)]
    providers = [{"provider_id": f"P{number}", "hours_spare_week": float(rng.uniform(0, 40))} for number in range(3)]
    tables = make_market(packages, providers)
    gaps, places = find(tables)
    table = measure_gaps(gaps, places, by="sector", settings=SETTINGS)
    total = table[
        ["waiting_hours", "waiting_met", "waiting_beyond", "spare_hours", "spare_used", "spare_unneeded"]
    ].sum()
    assert total["waiting_hours"] == pytest.approx(sum(row["hours_week"] for row in packages[8:]))
    assert total["spare_hours"] == pytest.approx(sum(row["hours_spare_week"] for row in providers))
    assert total["waiting_met"] + total["waiting_beyond"] == pytest.approx(total["waiting_hours"])
    assert total["spare_used"] + total["spare_unneeded"] == pytest.approx(total["spare_hours"])
    assert total["waiting_met"] == pytest.approx(total["spare_used"], abs=1e-6)
    # Nothing is left on both sides within reach of one another.
    rows = gaps.postcodes.dropna(subset=["postcode"]).set_index("postcode")
    left = rows.index[rows["waiting_hours"] - rows["waiting_met"] > 0.01]
    over = rows.index[rows["spare_hours"] - rows["spare_used"] > 0.01]
    minutes = make_times(POSTCODES).minutes
    apart = minutes[np.ix_(STREET.get_indexer(over), STREET.get_indexer(left))]
    assert (apart > SETTINGS.spare_minutes).all()


def test_what_lies_off_the_roads_is_summed_and_not_judged() -> None:
    tables = make_market([held(HERE, 10.0), waits("ZZ1 1ZZ", 7.0)], [{"provider_id": "P1", "hours_spare_week": 6.0}])
    table = by_sector(tables)
    assert table.loc["unplaced", ["waiting_hours", "waiting_met", "waiting_beyond"]].tolist() == [7.0, 0.0, 0.0]
    assert np.isnan(table.loc["unplaced", "access_2sfca"])
    assert table.loc["LE15 0", "spare_unneeded"] == pytest.approx(6.0)


def test_where_no_road_leads_the_cost_is_told_and_not_infinite() -> None:
    tables = make_market(
        [held(HERE, 10.0), held(FAR, 10.0, "P2")],
        [{"provider_id": "P1", "hours_spare_week": 6.0}, {"provider_id": "P2", "hours_spare_week": 0.0}],
    )
    places = place_postcodes(tables, settings=Settings())
    times = make_times(POSTCODES)
    island = times.minutes.copy()
    island[:20, 20:] = np.inf
    spare = spread_spare(tables.providers, find_deliveries(tables, places, settings=Settings())[0])
    gaps = find_gaps(tables, spare, places, dataclasses.replace(times, minutes=island), settings=SETTINGS)
    table = measure_gaps(gaps, places, by="sector", settings=SETTINGS).set_index("area_code")
    assert np.isnan(table.loc["LE15 2", "raam_cost"])
    assert table.loc["LE15 2", "raam_unreached_hours"] == 10.0
    assert "no spare hours can be reached" in table.loc["LE15 2", "reading_raam"]
    assert table.loc["LE15 2", "access_2sfca"] == 0.0
    assert table.loc["LE15 0", "raam_unreached_hours"] == 0.0
    assert np.isfinite(table.select_dtypes("number").fillna(0.0).to_numpy()).all()


@pytest.mark.parametrize(
    ("packages", "spare"),
    [
        ([waits(HERE, 5.0), waits(FAR, 6.0)], 0.0),
        ([waits(HERE, 5.0)], 10.0),
        ([held(HERE, 5.0)], 10.0),
        ([waits("ZZ1 1ZZ", 5.0)], 0.0),
        ([held(HERE, 0.0)], 10.0),
    ],
)
def test_odd_counties_are_told_of_all_the_same(packages: list[dict[str, object]], spare: float) -> None:
    table = by_sector(make_market(packages, [{"provider_id": "P1", "hours_spare_week": spare}]))
    assert len(table)
    for name in ("reading", "reading_2sfca", "reading_e2sfca", "reading_3sfca", "reading_raam"):
        assert table[name].str.len().gt(10).all()


def test_an_empty_county_has_no_gaps() -> None:
    tables = make_market([held(HERE, 5.0)], [{"provider_id": "P1", "hours_spare_week": 0.0}])
    some = by_sector(tables)
    none = by_sector(dataclasses.replace(tables, packages=tables.packages.iloc[:0]))
    assert none.empty
    assert list(none.columns) == list(some.columns)


def test_scores_are_read_in_words() -> None:
    assert "2.0 times the county's mean" in read_score(0.10, 0.05)
    assert "within a tenth of the county's mean" in read_score(0.052, 0.05)
    assert "within a tenth of the county's mean" in read_raam(0.96, 1.0)
    assert "50% of the county's mean" in read_score(0.025, 0.05)
    assert read_score(0.0, 0.05) == "No spare care is within reach."
    assert "harder" in read_raam(2.0, 1.0)
    assert "easier" in read_raam(0.5, 1.0)
    assert "Nobody here" in read_raam(float("nan"), 1.0)
    assert "Nobody here" in read_score(float("nan"), 1.0)
    assert "Nobody in the county" in read_score(0.0, 0.0)
    assert read_gap(0, 0, 0, 0, minutes=10) == "Nobody waits here. No spare hours lie here."
    assert "All 4.0" in read_gap(4, 0, 3, 0, minutes=10)
