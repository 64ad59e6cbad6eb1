"""Growth scenarios: today's demand by area, year by year, as the council's growth table says."""

from __future__ import annotations

import pandas as pd

from marketmap.market.area_rows import sort_areas
from marketmap.market.places import UNPLACED, Places, area_codes, join_places

ALL_AGES = "all"
COLUMNS = (
    "level", "area_code", "year", "age_band", "packages", "contact_hours", "carer_hours", "factor", "hours_no_factor",
)  # fmt: skip


def measure_scenarios(packages: pd.DataFrame, growth: pd.DataFrame | None, places: Places, *, by: str) -> pd.DataFrame:
    """Project weekly demand by area and year.

    Each active and waiting package grows by the factor of the finest of its areas that the growth table has one for in
    that year; one without is held at today's hours and counted. Packages carry no age, so a factor of an age band is
    taken for all of them: bands stand beside one another as alternatives and do not add up.

    Parameters
    ----------
    packages
        `Tables.packages`.
    growth
        `Tables.growth`; None or empty: the result is empty, for the measure needs table growth.
    places, by
        As `market.demand.measure_demand` takes them.

    Returns
    -------
    DataFrame
        ``level``, ``area_code``, ``year``, ``age_band`` (``"all"`` where the table leaves it blank), ``packages``
        today, ``contact_hours`` and ``carer_hours`` a week in that year, ``factor`` (contact hours ÷ today's; NaN where
        today has none), ``hours_no_factor`` (of today's contact hours, those that no row is about).
    """
    if growth is None or growth.empty:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in COLUMNS})
    current = packages[packages["status"].isin(["active", "waiting"])]
    joined = join_places(current[["postcode"]], places)
    hours = current["hours_week"].astype(float)
    today = pd.DataFrame(
        {
            "area_code": area_codes(joined, by=by).fillna(UNPLACED),
            "packages": 1,
            "hours": hours,
            "carer_hours": hours * pd.to_numeric(current["carers_required"]).astype(float),
        }
    )
    # Packages with the same areas grow alike: together they are far fewer rows to go through year by year.
    keys = [today["area_code"], *(joined[level].rename(f"at_{level}") for level in places.levels)]
    alike = today.drop(columns="area_code").groupby(keys, dropna=False).sum().reset_index()
    bands = growth["age_band"].astype("object").where(growth["age_band"].notna(), ALL_AGES)
    parts = []
    years = growth["year"].astype(int)
    for year, band in sorted(set(zip(years, bands, strict=True))):
        rows = growth[years.eq(year) & bands.eq(band)]
        factors = rows.drop_duplicates("area_code").set_index("area_code")["factor"].astype(float)
        factor = pd.Series(float("nan"), index=alike.index)
        for level in places.levels:
            factor = factor.fillna(alike[f"at_{level}"].map(factors).astype(float))
        grown = factor.fillna(1.0)
        sums = (
            pd.DataFrame(
                {
                    "packages": alike["packages"],
                    "contact_hours": alike["hours"] * grown,
                    "carer_hours": alike["carer_hours"] * grown,
                    "today": alike["hours"],
                    "hours_no_factor": alike["hours"].where(factor.isna(), 0.0),
                }
            )
            .groupby(alike["area_code"])
            .sum()
        )
        parts.append(sums.assign(year=year, age_band=band).rename_axis("area_code").reset_index())
    table = pd.concat(parts, ignore_index=True).assign(level=by)
    table["factor"] = table["contact_hours"] / table["today"].where(table["today"] > 0)
    return sort_areas(table, "year", "age_band")[list(COLUMNS)]
