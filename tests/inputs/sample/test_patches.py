import numpy as np
import pandas as pd
import pytest

from marketmap.inputs.postcodes import load_directory
from marketmap.inputs.sample.patches import choose_patches, lay_patches
from marketmap.inputs.sample.places import Ground, describe_ground, draw_homes
from marketmap.inputs.sample.providers import draw_locations
from marketmap.inputs.sample.settings import SampleSettings

PACKAGES = 900


@pytest.fixture(scope="module")
def ground() -> Ground:
    codes = ["E06000017"]
    postcodes = load_directory(district_codes=codes).county(codes)
    return describe_ground(
        postcodes, districts=codes, known=None, settings=SampleSettings(), rng=np.random.default_rng(0)
    )


@pytest.fixture(scope="module")
def homes(ground: Ground) -> np.ndarray:
    return draw_homes(ground, by_district=np.array([PACKAGES]), settings=SampleSettings(), rng=np.random.default_rng(1))


@pytest.fixture(scope="module")
def locations(ground: Ground) -> pd.DataFrame:
    return draw_locations(
        ground,
        packages=PACKAGES,
        packages_by_district=np.array([PACKAGES]),
        known=None,
        settings=SampleSettings(),
        rng=np.random.default_rng(2),
    )


def test_overlap_decides_how_many_providers_meet_in_a_sector(
    ground: Ground, homes: np.ndarray, locations: pd.DataFrame
):
    hours = np.full(PACKAGES, 12.0)
    providers = []
    for overlap in (0.0, 0.25, 0.5, 1.0, 2.0, 4.0):
        settings = SampleSettings(patch_overlap=overlap)
        patches = lay_patches(homes, hours, locations, ground, settings=settings, rng=np.random.default_rng(3))
        chosen = patches.location[choose_patches(homes, patches, ground, rng=np.random.default_rng(4))]
        sector = ground.frame["sector"].to_numpy()[homes]
        providers.append(pd.Series(chosen).groupby(sector).nunique().mean())
    assert providers == sorted(providers)
    assert providers[-1] > 2 * providers[0]


@pytest.mark.parametrize("overlap", [0.25, 1.0, 4.0])
def test_patches_hold_about_what_their_companies_are_to_hold(
    ground: Ground, homes: np.ndarray, locations: pd.DataFrame, overlap: float
):
    hours = np.full(PACKAGES, 12.0)
    settings = SampleSettings(patch_overlap=overlap)
    patches = lay_patches(homes, hours, locations, ground, settings=settings, rng=np.random.default_rng(3))
    assert patches.hours.sum() == pytest.approx(hours.sum())
    chosen = choose_patches(homes, patches, ground, rng=np.random.default_rng(4))
    company = locations["company"].to_numpy()[patches.location]
    wanted = np.bincount(company, weights=patches.hours)
    held = np.bincount(company[chosen], weights=hours, minlength=len(wanted))
    assert np.abs(held - wanted).sum() < 0.15 * hours.sum()


def test_a_provider_to_avoid_is_avoided(ground: Ground, homes: np.ndarray, locations: pd.DataFrame):
    hours = np.full(PACKAGES, 12.0)
    patches = lay_patches(homes, hours, locations, ground, settings=SampleSettings(), rng=np.random.default_rng(3))
    now = patches.location[choose_patches(homes, patches, ground, rng=np.random.default_rng(4))]
    other = patches.location[choose_patches(homes, patches, ground, rng=np.random.default_rng(5), avoid=now)]
    assert (other != now).all()
