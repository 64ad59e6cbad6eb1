"""Postcodes that stand together on one spot for want of a better one: boxes, large users, ended ones.

A directory puts them on the delivery office of their post town, so that one spot holds the postcodes of many sectors.
They are real postcodes, a package may have one, and a lookup must answer for them; but they say nothing of where
anybody lives, nor which sectors a piece of ground reaches.
"""

from __future__ import annotations

import pandas as pd

from marketmap.inputs.wording import counted

LEAST_POSTCODES = 10  # on one spot; a block of flats has this many too, but of one sector
LEAST_SECTORS = 2


def find_gathered(postcodes: pd.DataFrame) -> pd.Series:
    """Mark the postcodes that share their grid reference with those of other sectors.

    Parameters
    ----------
    postcodes
        Index ``postcode``; ``easting``, ``northing`` (EPSG:27700 metres) and ``sector``.

    Returns
    -------
    Series of bool
        Indexed like ``postcodes``: True where at least `LEAST_POSTCODES` of at least `LEAST_SECTORS` sectors have
        exactly this easting and northing.
    """
    spots = postcodes.groupby(["easting", "northing"])["sector"]
    many = spots.transform("size") >= LEAST_POSTCODES
    return (many & (spots.transform("nunique") >= LEAST_SECTORS)).rename("gathered")


def find_districts(postcodes: pd.DataFrame) -> pd.Series:
    """Find the districts that each postcode sector lies in, that with most of its postcodes first.

    Postcodes gathered on a delivery office count only in a sector that has no other.

    Parameters
    ----------
    postcodes
        As `find_gathered` takes them, with ``district_code``.

    Returns
    -------
    Series of str
        By ``sector``: codes joined by ``;``.
    """
    gathered = find_gathered(postcodes)
    only = gathered.groupby(postcodes["sector"]).transform("all")
    kept = postcodes.loc[~gathered | only, ["sector", "district_code"]].dropna()
    counts = kept.value_counts().rename("postcodes").reset_index()
    ordered = counts.sort_values(["sector", "postcodes", "district_code"], ascending=[True, False, True])
    return ordered["district_code"].astype(str).groupby(ordered["sector"]).agg(";".join)


def remark_on_gathered(packages: pd.DataFrame, postcodes: pd.DataFrame) -> str:
    """Say how many packages in force lie where postcodes of many sectors stand together; blank where none does.

    Parameters
    ----------
    packages
        ``postcode`` (one spelling, NA where unplaced) and ``status``.
    postcodes
        The county's, as `find_gathered` takes them.
    """
    gathered = find_gathered(postcodes)
    here = packages["postcode"].isin(gathered.index[gathered]) & packages["status"].isin(["active", "waiting"])
    if not here.any():
        return ""
    sectors = sorted(packages.loc[here, "postcode"].str[:-2].unique())  # no client's postcode stands on a first page
    return (
        f"{counted(int(here.sum()), 'package')} at a postcode that stands on one spot with those of other sectors "
        f"(a delivery office, say), so that the person may live elsewhere: look at those of {', '.join(sectors[:5])}"
        f"{' and others' if len(sectors) > 5 else ''}."
    )
