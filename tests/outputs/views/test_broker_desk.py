import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from marketmap.errors import OutputError
from marketmap.market.nearest import BY_ROAD, HERE, NEXT_DOOR
from marketmap.outputs.files.reading import read_plan
from marketmap.outputs.files.tables import encode_table
from marketmap.outputs.runs.batch import prepare
from marketmap.outputs.schema.broker import NEAREST, WAITING_LIST
from marketmap.outputs.views.broker_desk import answer_postcode, tabulate_waiting
from marketmap.outputs.views.broker_view import (
    NEAR_HEADINGS,
    filter_waiting,
    tabulate_near,
    tell_age,
    tell_place,
    tell_waiting,
    tell_way,
)
from tests.measured import Measured


class TestOnePostcode:
    def test_the_block_and_the_provider_are_the_plans(self, measured: Measured) -> None:
        plan = read_plan(measured.plan)
        for postcode in (plan.postcodes.index[0], plan.postcodes.index[plan.postcodes["block_id"] != "spot"][0]):
            own = plan.postcodes.loc[postcode]
            found = answer_postcode(postcode.lower(), measured.county_folder, measured.plan)
            assert found.postcode == postcode
            assert found.place["block_id"] == own["block_id"]
            assert found.place["provider_id"] == own["suggested_provider_id"]
            assert encode_table(found.nearest, NEAREST)

    def test_minutes_are_those_of_the_countys_matrix(self, measured: Measured) -> None:
        batch = prepare(measured.county_folder)
        packages = batch.county.tables.packages
        active = packages[(packages["status"] == "active") & packages["placed"]]
        postcode = active["postcode"].iloc[0]
        row = pd.Series(
            batch.matrix.minutes[batch.matrix.postcodes.get_loc(postcode)], index=batch.matrix.postcodes, dtype=float
        )
        wanted = active.assign(minutes=active["postcode"].map(row)).groupby("provider_id")["minutes"].min()
        found = answer_postcode(postcode, measured.county_folder, measured.plan).nearest.set_index("provider_id")
        timed = found[found["basis"] == BY_ROAD]
        assert len(timed) > 3
        assert timed["minutes"].is_monotonic_increasing
        np.testing.assert_allclose(timed["minutes"], wanted[timed.index], rtol=1e-3, atol=0.01)
        holder = active["provider_id"].iloc[0]
        assert found["beside"][holder] == HERE
        assert found["minutes"][holder] == 0

    def test_who_works_next_door_is_told(self, measured: Measured) -> None:
        plan = read_plan(measured.plan)
        pairs = pd.read_csv(measured.plan / "internal" / "neighbours.csv")
        packages = measured.county.tables.packages
        held = packages[packages["status"] == "active"].drop_duplicates("postcode").set_index("postcode")["provider_id"]
        bare = pairs[pairs["postcode_a"].isin(held.index) & ~pairs["postcode_b"].isin(held.index)]
        pair = bare[bare["postcode_b"].isin(plan.postcodes.index)].iloc[0]
        found = answer_postcode(pair["postcode_b"], measured.county_folder, measured.plan).nearest
        beside = found.set_index("provider_id")["beside"]
        assert beside[held[pair["postcode_a"]]] == NEXT_DOOR

    @pytest.mark.parametrize(("text", "fault"), [("nonsense", "not a postcode"), ("GL1 1AA", "not in this county")])
    def test_what_cannot_be_answered_is_said(self, measured: Measured, text: str, fault: str) -> None:
        found = answer_postcode(text, measured.county_folder, measured.plan)
        assert found.fault == fault
        assert found.nearest.empty

    def test_without_a_plan_it_says_what_to_do(self, measured: Measured, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match="no plan in nowhere yet"):
            answer_postcode("LE15 6HP", measured.county_folder, tmp_path / "nowhere")

    def test_a_changed_plan_is_read_anew(self, measured: Measured, tmp_path: Path) -> None:
        copy = Path(shutil.copytree(measured.plan, tmp_path / "plan"))
        postcode = read_plan(copy).postcodes.index[0]
        before = answer_postcode(postcode, measured.county_folder, copy).place["reason"]
        path = copy / "internal" / "block_postcodes.csv"
        path.write_text(path.read_text().replace(before, "Somebody said so"))
        assert answer_postcode(postcode, measured.county_folder, copy).place["reason"] == "Somebody said so"


class TestWaiting:
    def test_everybody_who_waits_has_the_plans_provider_beside(self, measured: Measured) -> None:
        rows, _ = tabulate_waiting(measured.county_folder, measured.plan)
        plan = read_plan(measured.plan)
        assert len(rows) > 5
        assert encode_table(rows, WAITING_LIST)
        place = plan.postcodes["block_id"].reindex(rows["postcode"]).fillna("").tolist()
        assert rows["block_id"].tolist() == place
        spare = measured.county.tables.providers.set_index("provider_id")["hours_spare_week"]
        known = rows[rows["provider_id"] != ""]
        assert len(known)
        assert known["provider_spare"].tolist() == spare[known["provider_id"]].tolist()
        assert set(rows["district_name"]) == {"Rutland"}

    def test_filters_narrow_the_list_and_its_sums(self, measured: Measured) -> None:
        rows, _ = tabulate_waiting(measured.county_folder, measured.plan)
        wide = {"district": None, "risk": None, "service": None, "least_days": 0, "place": "all"}
        assert len(filter_waiting(rows, **wide)) == len(rows)
        risk = rows["risk"].iloc[0]
        assert set(filter_waiting(rows, **wide | {"risk": risk})["risk"]) == {risk}
        long = filter_waiting(rows, **wide | {"least_days": 15})
        assert 0 < len(long) < len(rows)
        assert (long["days"] >= 15).all()
        parts = [filter_waiting(rows, **wide | {"place": place}) for place in ("block", "spot")]
        assert sum(map(len, parts)) == len(rows)
        assert all(len(part) for part in parts)
        assert set(parts[1]["block_id"]) <= {"spot", ""}
        told = tell_waiting(long, all_rows=rows)
        assert told["Packages waiting"] == f"{len(long)} of {len(rows)}"
        assert told["Waiting long"] == f"{len(long)} of {len(long)}"
        assert filter_waiting(rows, **wide | {"district": "Nowhere"}).empty
        assert tell_waiting(rows.iloc[:0], all_rows=rows)["Longest wait"] == "nobody"
        assert not [text for text in tell_waiting(rows.iloc[:0], all_rows=rows).values() if text.endswith("of 0")]


class TestWords:
    def test_a_straight_line_says_that_no_road_times_it(self) -> None:
        assert tell_way(3.4, 9.0, BY_ROAD) == "3 min by road"
        assert tell_way(0.4, 9.0, BY_ROAD) == "under a minute"
        assert tell_way(np.nan, 9.04, "straight line") == "9.0 km in a straight line: no road times it"

    def test_the_age_of_a_figure_is_told_or_that_it_is_not_known(self) -> None:
        assert tell_age(pd.Timestamp(2026, 9, 1), 27) == "1 Sep 2026: 27 days old"
        assert tell_age(pd.Timestamp(2026, 9, 27), 1) == "27 Sep 2026: 1 day old"
        assert tell_age(pd.Timestamp(2026, 9, 28), 0) == "28 Sep 2026: the day of the extract"
        assert tell_age(pd.NaT, np.nan) == "not known"

    def test_names_are_escaped_and_the_table_is_short(self, measured: Measured) -> None:
        plan = read_plan(measured.plan)
        postcode = plan.postcodes.index[plan.postcodes["block_id"] != "spot"][0]
        found = answer_postcode(postcode, measured.county_folder, measured.plan)
        hostile = {
            **found.place,
            "provider_name": "<img src=x onerror=alert(1)>",
            "backup_id": "V1",
            "backup_name": "<b>",
        }
        found.place.update(hostile)
        markup = tell_place(found)
        assert "<img" not in markup
        assert "<b>" not in markup
        assert "&lt;img" in markup
        near = tabulate_near(found.nearest, most=3)
        assert list(near.columns) == list(NEAR_HEADINGS)
        assert len(near) == 3
