"""The providers that work nearest to each postcode, for the broker's look-up list."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from marketmap.blocks.patches import find_patch_centres
from marketmap.blocks.swaps.pairs import screen_takers
from marketmap.inputs.county import Tables
from marketmap.market.demand import describe_packages
from marketmap.market.footprints import hours_held
from marketmap.settings import Settings
from marketmap.travel import TravelTimes

# Takes coordinates of centres (index: postcode; easting, northing), gives (postcodes, centres) minutes.
MeasureTo = Callable[[pd.DataFrame], NDArray[np.float32]]


def find_nearest_providers(
    tables: Tables, matrix: TravelTimes, settings: Settings, *, measure: MeasureTo
) -> pd.DataFrame:
    """Find the providers that can be given packages and whose own work lies nearest to each postcode.

    How near a provider is: road minutes from the postcode to the centre of its nearest patch (its own work in groups of
    ``patch_hours``).

    Parameters
    ----------
    measure
        Measures minutes from every postcode of the county, in their order, to some places.

    Returns
    -------
    DataFrame
        Indexed like ``county_postcodes``: ``nearest_provider_ids``, ``nearest_minutes`` (lists, the nearest first, of
        ``nearest_providers`` or fewer).
    """
    described = describe_packages(tables.packages, settings=settings.blocks)
    held = hours_held(tables.packages, described)
    why_not = screen_takers(tables, settings=settings.blocks)
    takes = set(why_not.index[why_not == ""])
    patches = {
        name: at
        for name, at in find_patch_centres(
            held[held["provider_id"].isin(takes)],
            minutes=matrix.minutes,
            postcodes=matrix.postcodes,
            patch_hours=settings.blocks.patch_hours,
        ).items()
        if len(at)
    }
    county = tables.county_postcodes
    if not patches:
        none: list[list[str]] = [[] for _ in range(len(county))]
        return pd.DataFrame({"nearest_provider_ids": none, "nearest_minutes": none}, index=county.index)
    places = np.unique(np.concatenate(list(patches.values())))
    where = tables.packages.drop_duplicates("postcode").set_index("postcode")[["easting", "northing"]].astype(float)
    minutes = measure(where.loc[matrix.postcodes[places]])
    column = {int(place): number for number, place in enumerate(places)}
    names = np.array(sorted(patches), dtype=object)
    nearest = np.column_stack([minutes[:, [column[int(at)] for at in patches[name]]].min(axis=1) for name in names])
    few = min(settings.waiting.nearest_providers, len(names))
    order = np.argsort(nearest, axis=1, kind="stable")[:, :few]
    away = np.take_along_axis(nearest, order, axis=1)
    reached = np.isfinite(away)
    return pd.DataFrame(
        {
            "nearest_provider_ids": [names[row[ok]].tolist() for row, ok in zip(order, reached, strict=True)],
            "nearest_minutes": [[f"{each:.1f}" for each in row[ok]] for row, ok in zip(away, reached, strict=True)],
        },
        index=county.index,
    )
