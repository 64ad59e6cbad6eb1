import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketmap.inputs.postcodes import load_directory
from marketmap.inputs.sample.places import Ground, describe_ground, draw_homes, measure_legs, measure_metres, share_out
from marketmap.inputs.sample.settings import SampleSettings

SETTINGS = SampleSettings()


@pytest.fixture(scope="module")
def ground() -> Ground:
    known = SETTINGS.find_county("gloucestershire")
    codes = [each.code for each in known.districts]
    postcodes = load_directory(district_codes=codes).county(codes)
    return describe_ground(postcodes, districts=codes, known=known, settings=SETTINGS, rng=np.random.default_rng(0))


@given(st.integers(0, 5000), st.lists(st.floats(0.001, 1000), min_size=1, max_size=30))
def test_shares_sum_to_the_whole_and_are_off_by_less_than_one(total: int, weights: list[float]):
    exact = total * np.array(weights) / sum(weights)
    parts = share_out(total, np.array(weights))
    assert parts.sum() == total
    assert (np.abs(parts - exact) < 1 + 1e-6).all()


def test_homes_come_out_by_district_with_several_in_sheltered_housing(ground: Ground):
    by_district = np.array([100, 0, 300, 50, 20, 7])
    homes = draw_homes(ground, by_district=by_district, settings=SETTINGS, rng=np.random.default_rng(1))
    found = ground.frame["district_code"].to_numpy()[homes]
    assert [int((found == code).sum()) for code in ground.districts] == by_district.tolist()
    assert pd.Series(homes).value_counts().max() >= 3


def test_places_with_few_people_are_rarely_drawn(ground: Ground):
    shared = ground.frame.groupby(["easting", "northing"])["weight"].sum()
    # Hundreds of large users' and ended postcodes stand on one delivery office.
    assert shared.max() < 10 * shared.median()


def test_the_severn_is_crossed_only_at_its_bridges(ground: Ground):
    frame = ground.frame
    west = frame.loc[frame["west"], "district_code"].value_counts(normalize=True)
    assert west["E07000080"] > 0.9
    forest = frame.loc[frame["district_code"] == "E07000080", "west"]
    assert forest.mean() > 0.99
    newnham = int(np.hypot(frame["easting"] - 369100, frame["northing"] - 211800).idxmin())
    arlingham = int(np.hypot(frame["easting"] - 370800, frame["northing"] - 210900).idxmin())
    across = measure_metres(ground, np.array([newnham]), np.array([arlingham, newnham]))
    assert across[0, 0] > 20_000
    assert across[0, 1] == 0
    legs = measure_legs(ground, np.array([newnham, newnham]), np.array([arlingham, newnham]))
    assert legs == pytest.approx(across[0])


def test_rural_places_are_the_four_districts(ground: Ground):
    rural = ground.frame.groupby("district_code")["rural"].mean()
    assert rural.to_dict() == {
        "E07000078": 0, "E07000079": 1, "E07000080": 1, "E07000081": 0, "E07000082": 1, "E07000083": 1,
    }  # fmt: skip
