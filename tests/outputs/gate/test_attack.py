"""Attacks on ``public/``: of each hidden count at least three values stay possible for whoever has only the tables."""

from __future__ import annotations

import functools
from collections.abc import Callable

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings

from marketmap.market.intervals import share_interval
from marketmap.outputs.gate.disclosure import Shown, round_count
from marketmap.outputs.gate.population import LEVEL
from marketmap.outputs.gate.public_cells import PublicCells
from tests.outputs.attack import FEW, MOST, Attack, could_be, pairs_behind
from tests.outputs.public_waits import CELLS, COUNTS, PARENT, RAW, RULES, WAITS, cut, derive, make_table

LEAST_FEASIBLE = 3
Derive = Callable[[pd.DataFrame], dict[str, pd.DataFrame]]


def publish(raw: pd.DataFrame) -> dict[str, pd.DataFrame]:
    cells = cut(raw)
    return {"cells": cells.show(), **derive(cells)}


def bytes_of(published: dict[str, pd.DataFrame]) -> dict[str, str]:
    return {name: frame.to_csv(index=False) for name, frame in published.items()}


def read_back(cells: pd.DataFrame) -> PublicCells:
    """Rebuild the shown cells from the published texts alone."""
    numbers = cells[list(LEVEL)].astype(str)
    for name in WAITS.figures:
        texts = cells[name].map(lambda text: None if text == "*" else str(text).replace(",", ""))
        numbers[name] = texts if name in WAITS.bands else texts.astype(float)
    return PublicCells(WAITS, numbers, LEVEL, RULES)


def change(raw: pd.DataFrame, row: int, name: str, value: int) -> pd.DataFrame:
    """Give one hidden count another value, with whatever else of its cell must follow."""
    other = raw.copy()
    other.loc[row, name] = value
    kin = {"waits": COUNTS[1:], "home": ["hospital"], "hospital": ["home"], "long": ["very_long"], "very_long": []}
    other.loc[row, [*kin[name]]] = 0
    if name == "waits":
        other.loc[row, ["days", "days_long", "median_days", "hhi"]] = [value * 9.0, 3.0, 9.0, 2500.0]
    elif name == "long":
        other.loc[row, "days_long"] = 2.0
    return other


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(RAW)
def test_everything_but_the_cells_follows_from_the_published_cells(raw: pd.DataFrame) -> None:
    published = publish(raw)
    again = derive(read_back(published["cells"]))
    assert bytes_of(again) == {name: text for name, text in bytes_of(published).items() if name != "cells"}


@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
@given(RAW)
def test_no_cell_depends_on_which_number_a_hidden_count_is(raw: pd.DataFrame) -> None:
    # and so, by the test before, nothing else that is published does
    cells = cut(raw).show()
    figures = list(WAITS.figures)
    variants = []
    for name in COUNTS:
        room = raw[PARENT[name]] if name in PARENT else pd.Series(max(FEW), index=raw.index)
        for value in FEW:
            other = raw
            for row in raw.index[(cells[name] == "*") & (value <= room)]:
                other = change(other, row, name, value)
            if other is not raw:
                variants.append(other)
    assume(variants)
    assert cut(variants[-1]).show().to_csv() == cells.to_csv()
    # all the others side by side, as districts of one large county
    county = pd.concat([other.assign(district_code=f"{number}, " + other["district_code"])
                        for number, other in enumerate(variants)], ignore_index=True)  # fmt: skip
    expected = pd.concat([cells[figures]] * len(variants), ignore_index=True)
    pd.testing.assert_frame_equal(cut(county).show()[figures], expected)


def attack_sums(published: dict[str, pd.DataFrame], figure: str = "waits") -> tuple[Attack, list[str]]:
    """Set the sums that do not follow from the shown cells against them: those were made of the raw ones."""
    cells = published["cells"]
    follows = bytes_of(derive(read_back(cells)))
    attack, hidden = Attack(), []
    for row, shown in enumerate(cells[figure]):
        attack.add(str(row), *could_be(shown))
        hidden += [str(row)] if shown == "*" else []
    for keys in ((), ("district_code",), ("rural",)):
        name = f"sums {keys}"
        if published[name].to_csv(index=False) == follows[name]:
            continue  # whoever holds the cells could have made it
        for _, total in published[name].iterrows():
            inside = cells[[*keys]].eq(total[[*keys]]).all(axis=1) if keys else pd.Series(data=True, index=cells.index)
            if total[figure] != "*":
                attack.add_sum([str(row) for row in cells.index[inside]], *could_be(total[figure]))
    return attack, hidden


@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
@given(RAW)
def test_differences_of_totals_leave_three_values(raw: pd.DataFrame) -> None:
    attack, hidden = attack_sums(publish(raw))
    assert all(attack.leaves(name, LEAST_FEASIBLE) for name in hidden)


def careless(raw: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Publish as a program would that rounds its totals from the raw counts."""
    published = publish(raw)
    for keys in ((), ("district_code",), ("rural",)):
        totals = raw.groupby([*keys])[["waits"]].sum() if keys else raw[["waits"]].sum().to_frame().T
        shown = [Shown(f"about {round_count(value, rules=RULES):,}") for value in totals["waits"]]
        published[f"sums {keys}"] = published[f"sums {keys}"].assign(waits=shown)
    return published


def plain(waits: list[int], long: int = 0) -> pd.DataFrame:
    rows = [{"waits": number, "home": 0, "hospital": 0, "long": long, "very_long": 0, "days": 9.0 * number,
             "days_long": 0, "median_days": 9, "hhi": 2000} for number in waits]  # fmt: skip
    return make_table(rows)


def test_the_attack_finds_the_count_where_totals_are_rounded_from_the_raw_ones() -> None:
    raw = plain([12, 12, 12, 7, 0, 0])
    attack, hidden = attack_sums(careless(raw))
    assert {name: attack.feasible(name) for name in hidden} == {"3": [7]}
    attack, hidden = attack_sums(publish(raw))
    assert {name: attack.feasible(name) for name in hidden} == {"3": [*FEW]}


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(RAW)
def test_classes_wholes_and_small_complements_leave_three_values(raw: pd.DataFrame) -> None:
    for texts in cut(raw).show()[list(COUNTS)].astype(str).to_numpy():
        attack_cell(tuple(texts))


@functools.cache  # what can be worked out of a cell depends on its texts alone, and most cells look alike
def attack_cell(texts: tuple[str, ...]) -> None:
    shown = dict(zip(COUNTS, texts, strict=True))
    attack = Attack()
    low, high = could_be(shown["waits"])
    attack.add("waits", low, high)
    if high < LEAST_FEASIBLE:
        assert all(shown[name] == "0" for name in PARENT)
        return
    for name, whole in PARENT.items():
        attack.add(name, *((0, MOST) if shown[name] == "*" else could_be(shown[name])))
        attack.add(f"rest of {name}", 0, MOST)
        attack.add_sum({whole: 1.0, name: -1.0, f"rest of {name}": -1.0}, 0, 0)
    attack.add_sum({"waits": 1.0, "home": -1.0, "hospital": -1.0}, 0, MOST)
    for name, whole in PARENT.items():
        if shown[name] == "*":  # of a class, and of what it leaves of its whole: neither is pinned
            assert attack.leaves(name, LEAST_FEASIBLE)
            assert attack.leaves(f"rest of {name}", LEAST_FEASIBLE)
        elif "*" not in (shown[name], shown[whole]) and shown[name] != "0":
            part, every = (float(text.replace(",", "")) for text in (shown[name], shown[whole]))
            assert part >= RULES.least_people  # and the rest is of nobody, or of enough
            ways = range(int(every - part) + 5)
            assert attack.allows(f"rest of {name}", 0) or any(
                attack.allows(f"rest of {name}", way) for way in ways if way >= RULES.least_people
            )


def test_nine_of_ten_is_not_told() -> None:
    for long in (*FEW, *(20 - rest for rest in FEW)):
        cells = cut(plain([20, 20, 20, 20, 20, 20], long=long)).show()
        assert set(cells["long"]) == {"*"}
        assert set(cells["days_long"]) == {"*"}
    assert set(cut(plain([20] * 6, long=12)).show()["long"]) == {"10"}
    assert set(cut(plain([20] * 6, long=20)).show()["long"]) == {"20"}


def test_intervals_turned_round_give_back_only_the_rounded_counts() -> None:
    raw = plain([40, 33, 21, 6, 52, 9], long=0)
    raw["long"] = [12, 9, 3, 2, 41, 8]
    raw["days_long"] = raw["long"] * 20.0
    shown = cut(raw).share("long").show()
    behind = pairs_behind(share_interval, most=60)
    for row in range(len(raw)):
        texts = (str(shown.loc[row, "long_share_low"]), str(shown.loc[row, "long_share_high"]))
        if shown.loc[row, "long"] == "*":
            assert texts == ("*", "*")
        else:
            assert (float(shown.loc[row, "long"]), float(shown.loc[row, "waits"])) in behind[texts]
    # of raw counts an interval tells nearly all, so the attack has teeth: 3 of 21 could be no other part of 21
    low, high = share_interval(3, 21)
    assert {part for part, whole in behind[f"{float(low):.0%}", f"{float(high):.0%}"] if whole in range(18, 23)} == {3}


def test_a_mean_times_its_count_gives_back_only_the_rounded_sum() -> None:
    raw = plain([40, 33, 21, 6, 52, 9])
    cells = cut(raw)
    shown = cells.mean("days").show()
    for row in range(len(raw)):
        if shown.loc[row, "waits"] == "*":
            assert shown.loc[row, "days_mean"] == "*"
            assert shown.loc[row, "days"] == "*"
        else:
            mean = float(shown.loc[row, "days"].replace(",", "")) / float(shown.loc[row, "waits"])
            assert float(shown.loc[row, "days_mean"]) == pytest.approx(mean, abs=0.051)


@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(RAW, RAW)
def test_two_months_leave_what_one_month_leaves(first: pd.DataFrame, second: pd.DataFrame) -> None:
    months = [publish(first), publish(second)]
    hidden = [(row, name) for row in range(len(CELLS)) for name in ("waits", "long")
              if all(month["cells"].loc[row, name] == "*" for month in months)]  # fmt: skip
    assume(hidden)
    expected = [month["cells"].to_csv() for month in months]
    for row, name in hidden[:3]:
        room = min(first.loc[row, PARENT[name]], second.loc[row, PARENT[name]]) if name in PARENT else max(FEW)
        for value in {1, room} & {*FEW}:
            # the same number in both months: of the cells alone, for all else follows from them
            assert [cut(change(raw, row, name, value)).show().to_csv() for raw in (first, second)] == expected
    again = [derive(read_back(month["cells"])) for month in months]
    assert [bytes_of(month) for month in again] == [
        {name: text for name, text in bytes_of(month).items() if name != "cells"} for month in months
    ]


@pytest.mark.parametrize("after", [7, 6, 5])
def test_one_change_between_two_months_is_not_told_by_the_totals(after: int) -> None:
    # one cell loses a person or two, nothing else changes: the totals change as the shown cells do, and no further
    before, later = plain([12, 12, 12, 7, 30, 30]), plain([12, 12, 12, after, 30, 30])
    assert bytes_of(publish(before)) == bytes_of(publish(later))
    crossing = publish(plain([12, 12, 12, 8, 30, 30])), publish(later)
    attack, hidden = attack_sums(crossing[1])
    low, high = could_be(crossing[0]["cells"].loc[3, "waits"])
    attack.add("last month", low, high)
    assert hidden == ["3"]
    assert attack.feasible("3") == [*FEW]


def test_the_careless_publisher_is_caught_by_two_months() -> None:
    before, later = careless(plain([12, 12, 12, 7, 0, 0])), careless(plain([12, 12, 12, 3, 0, 0]))
    assert bytes_of(before) != bytes_of(later)
