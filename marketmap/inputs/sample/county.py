"""The synthetic county: every stage in turn, from postcodes to the tables of a county folder."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from marketmap.errors import PostcodeError
from marketmap.inputs.areas import approximate_areas
from marketmap.inputs.postcodes import load_directory
from marketmap.inputs.sample import tables
from marketmap.inputs.sample.capacity import draw_capacity, draw_participation
from marketmap.inputs.sample.dates import count_past, date_packages, date_past_packages, date_withdrawn_packages
from marketmap.inputs.sample.demand import draw_packages, draw_past_packages
from marketmap.inputs.sample.folder import SampleError, check_target, write_folder
from marketmap.inputs.sample.history import draw_lines
from marketmap.inputs.sample.known_counties import KnownCounty
from marketmap.inputs.sample.let_blocks import let_blocks
from marketmap.inputs.sample.market import draw_market
from marketmap.inputs.sample.monitoring import monitor_rounds
from marketmap.inputs.sample.patches import Patches, choose_patches, lay_patches
from marketmap.inputs.sample.places import (
    Ground,
    describe_ground,
    district_weights,
    draw_homes,
    measure_metres,
    share_out,
)
from marketmap.inputs.sample.providers import complete_services, draw_locations
from marketmap.inputs.sample.rounds import expand_calls, plan_rounds
from marketmap.inputs.sample.settings import SampleSettings
from marketmap.inputs.sample.summary import describe_sample
from marketmap.inputs.sample.terms import draw_price_levels, mark_fixed, price_care, settle_terms

NOBODY = -1
Draw = Callable[[str], np.random.Generator]


def build_sample(
    out: Path,
    *,
    county: str | None = None,
    districts: Sequence[str] = (),
    packages: int | None = None,
    seed: int = 0,
    settings: SampleSettings | None = None,
    on_progress: Callable[[str], None] | None = None,
) -> Path:
    """Write a synthetic county folder on real postcodes.

    The same county, packages, seed and settings give the same bytes. The folder appears whole or not at all.

    Parameters
    ----------
    out
        Folder to make. One that exists already must be empty or an earlier sample; files in it that the sample
        does not write (a road file, say) are kept.
    county
        ``"gloucestershire"`` or ``"rutland"``; or None with ``districts``.
    districts
        Local-authority codes of any other council.
    packages
        Packages in force on the snapshot; None: the named county's own number, or a rate per postcode.
    seed
        Any whole number from 0.
    settings
        What is planted; None: the defaults.
    on_progress
        Called with a few words at the start of each stage.

    Returns
    -------
    Path
        ``out``.

    Raises
    ------
    SampleError
        When the county is not known, the numbers make no sense, or the folder is somebody else's.
    PostcodeError
        When a district code is unknown or cannot be placed on the National Grid.
    """
    settings = settings or SampleSettings()
    tell = on_progress or (lambda _: None)
    known = _find_county(county, districts, settings=settings)
    codes = tuple(each.code for each in known.districts) if known else tuple(dict.fromkeys(districts))
    if seed < 0:
        raise SampleError(f"The seed is {seed}. Give a whole number from 0.")
    check_target(out)
    tell("placing postcodes")
    directory = load_directory(district_codes=codes)
    postcodes = directory.county(codes)
    absent = sorted(set(codes) - set(postcodes["district_code"]))
    if absent:
        raise PostcodeError(f"No postcode of {', '.join(absent)} has a grid reference. Leave the code out.")
    count = _count_packages(packages, known, len(postcodes), settings=settings)
    key = ",".join(sorted(codes))

    def draw(stage: str) -> np.random.Generator:
        # One stream a stage: a change to one stage leaves what the others draw as it was.
        words = [seed, zlib.crc32(key.encode()), count, zlib.crc32(stage.encode())]
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(words)))

    ground = describe_ground(postcodes, districts=codes, known=known, settings=settings, rng=draw("ground"))
    county_tables = draw_county(ground, count=count, known=known, settings=settings, draw=draw, tell=tell)
    tell("drawing areas")
    areas = tables.describe_areas(approximate_areas(directory, codes, names=ground.names), known=known)
    name = known.name if known else ", ".join(codes)
    text = describe_sample(county_tables, ground, name=name, seed=seed, settings=settings)
    tell("writing the folder")
    toml = tables.write_settings(name=name, ground=ground, settings=settings)
    return write_folder(out, county_tables, areas, toml=toml, readme=text)


def draw_county(
    ground: Ground,
    *,
    count: int,
    known: KnownCounty | None,
    settings: SampleSettings,
    draw: Draw,
    tell: Callable[[str], None],
) -> tables.SampleTables:
    """Draw every table of the county.

    Parameters
    ----------
    ground
        Its postcodes.
    count
        Packages in force on the snapshot.
    draw
        Gives the random stream of a stage by its name.
    """
    tell("drawing packages")
    by_district = share_out(count, district_weights(ground, known=known))
    homes = draw_homes(ground, by_district=by_district, settings=settings, rng=draw("homes"))
    packages = draw_packages(homes, ground, settings=settings, rng=draw("packages"))
    packages = date_packages(packages, ground, settings=settings, rng=draw("dates"))
    past = _draw_past(packages, by_district, ground, settings=settings, draw=draw)

    tell("giving work to providers")
    locations = draw_locations(
        ground, packages=count, packages_by_district=by_district, known=known, settings=settings, rng=draw("locations")
    )
    held = (packages["status"] != "waiting").to_numpy()
    patches = _place_work(packages, held, locations, ground, settings=settings, draw=draw)
    past_patch = choose_patches(past["home"].to_numpy(), patches, ground, rng=draw("past work"))
    past["location"] = np.where(past["status"] == "withdrawn", NOBODY, patches.location[past_patch])
    double = packages["carers_required"].eq(2) & held
    locations = complete_services(locations, {"double_handed": packages.loc[double, "location"]})
    carer_hours = (packages["hours_week"] * packages["carers_required"]).to_numpy(float)
    delivered = np.bincount(packages["location"].to_numpy()[held], weights=carer_hours[held], minlength=len(locations))
    locations = draw_capacity(
        locations, delivered, demand_hours=float(carer_hours.sum()), settings=settings, rng=draw("capacity")
    )
    blocks, block_areas, packages = let_blocks(
        packages, locations, patches, ground, settings=settings, rng=draw("blocks")
    )
    levels = draw_price_levels(locations, settings=settings, rng=draw("price levels"))
    packages = settle_terms(packages, locations, ground, levels=levels, settings=settings, rng=draw("terms"))
    packages = mark_fixed(packages, settings=settings, rng=draw("fixed"))
    past = settle_terms(past, locations, ground, levels=levels, settings=settings, rng=draw("past terms"))
    office_price = price_care(
        locations["home"].to_numpy(), levels, ground, settings=settings, noise=np.zeros(len(locations))
    )
    locations["price_hour"] = _usual_prices(packages, office_price)

    tell("driving a week of rounds")
    calls = expand_calls(packages, settings=settings)
    planned = plan_rounds(packages, calls, patches, ground, settings=settings, rng=draw("rounds"))
    visits = monitor_rounds(planned, settings=settings, rng=draw("monitoring"))

    tell("writing down the year before")
    everything = pd.concat([packages, past], ignore_index=True)
    handed = choose_patches(
        everything["home"].to_numpy(),
        patches,
        ground,
        rng=draw("handbacks"),
        avoid=everything["location"].to_numpy(),
    )
    other = patches.location[handed]
    lines = draw_lines(everything, other_location=other, settings=settings, rng=draw("changes"))
    participation = draw_participation(locations, packages[held], ground, settings=settings, rng=draw("participation"))
    spelling = tables.spell_postcodes(
        everything, ground, current=len(packages), settings=settings, rng=draw("postcodes")
    )
    return tables.SampleTables(
        packages=tables.tabulate_packages(lines, locations, spelling, settings=settings),
        providers=tables.tabulate_providers(locations, ground, settings=settings),
        participation=tables.tabulate_participation(participation, settings=settings),
        calls=tables.tabulate_calls(calls, packages, planned, settings=settings, rng=draw("critical")),
        visits=tables.tabulate_visits(visits, packages, locations, settings=settings),
        blocks=tables.tabulate_blocks(blocks, locations, settings=settings),
        block_areas=block_areas[["block_id", "postcode", "sector"]],
        market=draw_market(lines, locations, patches, ground, by_district=by_district, settings=settings, draw=draw),
        planned=planned,
    )


def _draw_past(
    packages: pd.DataFrame, by_district: np.ndarray, ground: Ground, *, settings: SampleSettings, draw: Draw
) -> pd.DataFrame:
    """Draw the packages that ended in the year, and the requests withdrawn in it."""
    rng = draw("past")
    ended = count_past(packages, settings=settings)
    withdrawn = round(settings.withdrawn_share * len(packages))
    kinds = np.concatenate([ended, np.repeat(np.array(["home_care"], dtype=object), withdrawn)])
    homes = draw_homes(ground, by_district=share_out(len(kinds), by_district.astype(float)), settings=settings, rng=rng)
    past = draw_past_packages(homes, kinds, settings=settings, rng=rng)
    cut = len(kinds) - withdrawn
    first = date_past_packages(past.iloc[:cut].reset_index(drop=True), packages, ground, settings=settings, rng=rng)
    gone = past.iloc[cut:].reset_index(drop=True)
    gone["person"] += int(packages["person"].max()) + 1
    gone = date_withdrawn_packages(gone, ground, settings=settings, rng=rng)
    first["status"], gone["status"] = "active", "withdrawn"
    both = pd.concat([first, gone], ignore_index=True)
    return both.assign(waiting_where="", do_not_move_reason="")


def _place_work(
    packages: pd.DataFrame,
    held: np.ndarray,
    locations: pd.DataFrame,
    ground: Ground,
    *,
    settings: SampleSettings,
    draw: Draw,
) -> Patches:
    """Give each held package its patch and location, in place; an extra-care scheme has one provider."""
    home = packages["home"].to_numpy()
    scheme = (packages["service_type"] == "extra_care").to_numpy() & held
    spread = held & ~scheme
    hours = packages["hours_week"].to_numpy(float)
    patches = lay_patches(home[spread], hours[spread], locations, ground, settings=settings, rng=draw("patches"))
    patch = np.full(len(packages), NOBODY)
    patch[spread] = choose_patches(home[spread], patches, ground, rng=draw("work"))
    if scheme.any():
        contracted = np.flatnonzero((locations["role"] == "contracted").to_numpy()[patches.location])
        near = measure_metres(ground, home[scheme][:1], patches.home[contracted])[0]
        patch[scheme] = contracted[near.argmin()]
    packages["patch"] = patch
    packages["location"] = np.where(held, patches.location[patch], NOBODY)
    packages["end_day"], packages["end_reason"] = np.nan, ""
    return patches


def _usual_prices(packages: pd.DataFrame, office_price: np.ndarray) -> np.ndarray:
    """Give each location the mean price of what it holds, or its office's where it holds nothing."""
    held = packages[packages["location"] >= 0]
    means = held.groupby("location")["price_hour"].mean().reindex(range(len(office_price)))
    return np.asarray(means.fillna(pd.Series(office_price)).round(2))


def _find_county(county: str | None, districts: Sequence[str], *, settings: SampleSettings) -> KnownCounty | None:
    names = ", ".join(each.key for each in settings.counties)
    if (county is None) == (not districts):
        raise SampleError(f"Give either a county ({names}) or the local-authority codes of its districts, not both.")
    if county is None:
        return None
    known = settings.find_county(county)
    if known is None:
        raise SampleError(
            f"There is no sample county of that name. Use one of: {names}; or give any council's districts by their "
            "local-authority codes."
        )
    return known


def _count_packages(
    packages: int | None, known: KnownCounty | None, postcodes: int, *, settings: SampleSettings
) -> int:
    fewest, most = settings.fewest_packages, settings.most_packages
    if packages is None:
        packages = known.packages if known else round(settings.packages_per_postcode * postcodes)
        packages = min(max(packages, fewest), most)
    if not fewest <= packages <= most:
        raise SampleError(f"The sample is to have {packages:,} packages. Give from {fewest:,} to {most:,}.")
    return packages
