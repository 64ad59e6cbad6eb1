"""The gate to public files: nothing that rests on few people passes, and none can be had back by subtraction."""

import dataclasses

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketmap.errors import OutputError
from marketmap.outputs.gate.disclosure import (
    SUPPRESSED,
    Shown,
    encode_public_page,
    encode_public_table,
    hide_cells,
    show_common,
    show_count,
    show_counts,
    show_mean,
    show_name,
    show_price,
    show_share,
    show_shares,
)
from marketmap.outputs.schema.columns import Column, OutputTable
from marketmap.settings import DisclosureSettings

RULES = DisclosureSettings()
LEAST, STEP = RULES.least_people, RULES.round_to
PEOPLE = st.integers(0, 60)
TABLE = OutputTable("public/test.csv", "each row", (Column("figure", "text", "A figure"),))


def number(text: Shown) -> float:
    return float(text.replace(",", "").rstrip("%"))


@given(st.floats(0, 1e6), st.integers(1, LEAST - 1))
def test_no_figure_of_few_people_is_shown(value: float, people: int) -> None:
    assert show_count(value, people=people, rules=RULES) == SUPPRESSED
    assert show_mean(value, people=people, rules=RULES) == SUPPRESSED
    assert show_price(value, hours_by_company={"a": 1, "b": 1, "c": 1}, people=people, rules=RULES) == SUPPRESSED
    assert show_share(0, people, rules=RULES) == SUPPRESSED


@given(st.floats(0, 1e6), st.integers(LEAST, 10_000))
def test_counts_are_rounded_and_within_half_a_step(value: float, people: int) -> None:
    shown = number(show_count(value, people=people, rules=RULES))
    assert shown % STEP == 0
    assert abs(shown - value) <= STEP / 2


def test_zeros_may_show() -> None:
    assert show_count(0, people=0, rules=RULES) == "0"
    assert show_share(0, 40, rules=RULES) == "0%"
    assert show_share(40, 40, rules=RULES) == "100%"


@given(PEOPLE, PEOPLE)
def test_a_share_hides_the_part_the_rest_and_the_whole_alike(part: int, rest: int) -> None:
    shown = show_share(part, part + rest, rules=RULES)
    if any(0 < people < LEAST for people in (part, rest, part + rest)) or part + rest == 0:
        assert shown == SUPPRESSED
    else:
        rounded = [STEP * int(count / STEP + 0.5) for count in (part, part + rest)]
        assert number(shown) == pytest.approx(100 * min(1.0, rounded[0] / rounded[1]), abs=0.51)


@given(st.lists(PEOPLE, min_size=1, max_size=6))
def test_what_is_hidden_of_a_breakdown_rests_on_enough_people(people: list[int]) -> None:
    hidden = hide_cells(people, rules=RULES)
    for count, hide in zip(people, hidden, strict=True):
        assert hide or count == 0 or count >= LEAST
    left = [count for count, hide in zip(people, hidden, strict=True) if hide]
    # Total less the cells shown is the sum of the hidden ones: of enough people, or of all there are.
    assert not left or sum(left) >= LEAST or sum(left) == sum(people)
    assert all(count > 0 for count in left)


@given(st.lists(st.tuples(PEOPLE, st.floats(0, 500)), min_size=1, max_size=6))
def test_counts_and_shares_of_a_breakdown_hide_the_same_cells(cells: list[tuple[int, float]]) -> None:
    people = [count for count, _ in cells]
    values = [value if count else 0.0 for count, value in cells]
    counts = show_counts(values, people=people, rules=RULES)
    shares = show_shares(values, people=people, rules=RULES)
    hidden = hide_cells(people, rules=RULES)
    assert [text == SUPPRESSED for text in counts] == hidden
    shown = [number(text) for text in shares if text != SUPPRESSED]
    assert sum(shown) <= 100 + 0.51 * len(shown)
    assert all(text == SUPPRESSED for text, hide in zip(shares, hidden, strict=True) if hide)


@given(st.lists(st.floats(0, 1000), max_size=6), st.integers(0, 40))
def test_a_price_needs_companies_of_which_none_dominates(hours: list[float], people: int) -> None:
    by_company = {f"C{place}": value for place, value in enumerate(hours)}
    shown = show_price(24.43, hours_by_company=by_company, people=people, rules=RULES)
    paid = [value for value in hours if value > 0]
    allowed = people >= LEAST and len(paid) >= 3 and max(paid) <= 0.75 * sum(paid)
    assert shown == ("24.40" if allowed else SUPPRESSED)


@given(st.dictionaries(st.sampled_from(["dementia", "complex", "end_of_life"]), PEOPLE))
def test_a_need_of_few_reads_like_a_need_of_none(people: dict[str, int]) -> None:
    alone = {name: count for name, count in people.items() if count >= LEAST}
    assert show_common(people, rules=RULES) == show_common(alone, rules=RULES)


def test_thresholds_are_settings() -> None:
    strict = dataclasses.replace(RULES, least_people=20, round_to=10, least_companies=4)
    assert show_count(15, people=15, rules=strict) == SUPPRESSED
    assert show_count(24, people=24, rules=strict) == "20"
    three = {"a": 1.0, "b": 1.0, "c": 1.0}
    assert show_price(20.0, hours_by_company=three, people=50, rules=strict) == SUPPRESSED


@pytest.mark.parametrize("text", ["GL7 1AA", "gl71aa", "Flat 2, GL54 1HY, left", "SW1A 2AA", "W1A1HQ"])
def test_a_full_postcode_never_passes(text: str) -> None:
    with pytest.raises(OutputError, match="full postcode"):
        show_name(text)
    with pytest.raises(OutputError, match="full postcode"):
        encode_public_page(f"<p>{text}</p>", path="public/page.html")


@pytest.mark.parametrize("text", ["GL7 1", "GL50 1;GL52 2", "B001", "E07000083", "Tewkesbury"])
def test_areas_and_blocks_may_be_named(text: str) -> None:
    assert show_name(text) == text


def test_what_did_not_go_through_the_gate_is_not_written() -> None:
    through = pd.DataFrame({"figure": [Shown("5")]}, dtype=object)
    assert encode_public_table(through, TABLE) == b"figure\r\n5\r\n"
    for value in ("5", 5, 5.0, None):
        with pytest.raises(ValueError, match="did not go through the gate"):
            encode_public_table(pd.DataFrame({"figure": [value]}, dtype=object), TABLE)
    with pytest.raises(ValueError, match="not a public table"):
        encode_public_table(through, dataclasses.replace(TABLE, path="internal/test.csv"))
    with pytest.raises(ValueError, match="not a public page"):
        encode_public_page("<p></p>", path="internal/page.html")
