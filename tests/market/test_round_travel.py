"""Minutes between visits for an hour of care, on one round by hand."""

import numpy as np
import pandas as pd
import pytest

from marketmap.market.round_travel import measure_round_travel
from marketmap.travel import TravelTimes
from tests.market.two_lanes import RURAL, URBAN, make_lines, make_places

OTHER = "GL7 1AB"


def make_matrix() -> TravelTimes:
    empty = pd.DataFrame()
    return TravelTimes(
        postcodes=pd.Index([RURAL, URBAN]),
        minutes=np.array([[0, 12], [15, 0]], dtype=np.float32),
        neighbours=empty,
        unplaced=empty,
        illustrative=False,
        source={},
    )


def make_visits(*stops: tuple[str, str, str], status: str = "delivered") -> pd.DataFrame:
    frame = pd.DataFrame(stops, columns=["carer_id", "package_id", "planned_start"])
    start = pd.to_datetime(frame["planned_start"]).dt.tz_localize("Europe/London")
    return frame.assign(
        visit_id=[f"W{number}" for number in range(len(frame))],
        provider_id="P1",
        planned_start=start,
        planned_end=start + pd.Timedelta(minutes=30),
        status=status,
    )


PACKAGES = make_lines({}, {"postcode": URBAN}, {"postcode": OTHER})


def test_a_journey_counts_where_it_leads() -> None:
    visits = make_visits(
        ("C1", "K0", "2026-09-21 07:00"),
        ("C1", "K1", "2026-09-21 08:00"),
        ("C1", "K0", "2026-09-21 09:00"),
        ("C1", "K0", "2026-09-22 07:00"),  # the next day begins anew
        ("C2", "K1", "2026-09-21 07:30"),
    )
    table = measure_round_travel(visits, PACKAGES, make_places(), matrix=make_matrix(), by="sector")
    assert table.loc["GL1 1"].tolist() == pytest.approx([12 / 1.0, 1, 1.0])
    assert table.loc["GL7 1"].tolist() == pytest.approx([15 / 1.5, 1, 1.5])


def test_what_was_not_delivered_or_is_off_the_roads_is_left_out() -> None:
    visits = make_visits(
        ("C1", "K0", "2026-09-21 07:00"), ("C1", "K2", "2026-09-21 08:00"), ("C1", "K1", "2026-09-21 09:00")
    )
    table = measure_round_travel(visits, PACKAGES, make_places(), matrix=make_matrix(), by="county")
    assert table.loc["county"].tolist() == [0.0, 0, 0.5]  # only the first visit; how K1 was reached is not known
    missed = measure_round_travel(
        visits.assign(status="missed"), PACKAGES, make_places(), matrix=make_matrix(), by="county"
    )
    assert missed.empty


@pytest.mark.parametrize("visits", [None, make_visits()])
def test_without_visits_the_frame_is_empty(visits: pd.DataFrame | None) -> None:
    table = measure_round_travel(visits, PACKAGES, make_places(), matrix=make_matrix(), by="sector")
    assert table.empty
    assert "minutes_hour" in table
