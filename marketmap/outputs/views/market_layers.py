"""What the market map can show, what each layer says and rests on, and all figures of one area beside the county's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from marketmap.market.places import UNPLACED
from marketmap.outputs.report.telling import NONE, tell_evidence, tell_number
from marketmap.outputs.schema.columns import Column, OutputTable
from marketmap.outputs.schema.cost import PRICES
from marketmap.outputs.schema.flow import REFUSALS, WAITS
from marketmap.outputs.schema.place import DEMAND_AREAS, FOOTPRINTS, GAPS, NEAR_AREAS, OVERLAP

LIVE, REPORT = "the packages, live", "the report"
FILTERS = ("district", "service", "provider", "time of day")


@dataclass(frozen=True)
class Measure:
    """One figure of an area.

    Attributes
    ----------
    table, column
        Where it stands.
    title
        A literal, as a reader calls it.
    unit
        A literal, shown behind the value; may be blank.
    counted
        Column that says on how many it rests, where the column itself names no evidence, and its noun.
    ends
        Columns of the ends of its 95 % interval, in that case.
    """

    table: OutputTable
    column: str
    title: str
    unit: str = ""
    counted: tuple[str, str] = ("", "")
    ends: tuple[str, str] = ("", "")

    @property
    def kind(self) -> str:
        """Kind of the column."""
        return self.described.kind

    @property
    def described(self) -> Column:
        """The column as its table describes it."""
        return self.table.column(self.column)


@dataclass(frozen=True)
class Layer:
    """Something that the map can show.

    Attributes
    ----------
    measure
        The figure shown by colour.
    says
        A literal: how to read it.
    filters
        Those of `FILTERS` that it obeys.
    source
        `LIVE` or `REPORT`.
    """

    measure: Measure
    says: str
    filters: tuple[str, ...]
    source: str = REPORT


_HOURS = "h a week"
_PAID = Measure(
    PRICES, "paid_hour", "Price paid", "an hour",
    counted=("packages_priced", "packages"), ends=("paid_hour_low", "paid_hour_high"),
)  # fmt: skip
ACCESS = {
    "Three-step (3SFCA): who has much in reach presses less on each": Measure(
        GAPS, "access_3sfca", "Access score, three-step"
    ),
    "Two-step, further counts less (E2SFCA)": Measure(GAPS, "access_e2sfca", "Access score, two-step by distance"),
    "Two-step, all within reach alike (2SFCA)": Measure(GAPS, "access_2sfca", "Access score, two-step"),
    "Travel and crowding together (RAAM): low is good": Measure(GAPS, "raam_cost", "Travel and crowding (RAAM)"),
}
_DISTRICT = ("district",)
LAYERS = {
    "Demand": Layer(
        Measure(DEMAND_AREAS, "contact_hours", "Contact hours", _HOURS),
        "Client contact hours of active and waiting packages; double-handed care counts once.",
        FILTERS,
        LIVE,
    ),
    "Waiting": Layer(
        Measure(DEMAND_AREAS, "hours_waiting", "Hours waiting", _HOURS),
        "Contact hours that wait for a provider on the day of the data. Who waits has no provider yet: choose none.",
        ("district", "service", "time of day"),
        LIVE,
    ),
    "Long waits": Layer(
        Measure(WAITS, "long_share", "Long waits as a share of decided waits"),
        "Of the waits of the period of which it is known, those longer than 14 days or what the settings say.",
        _DISTRICT,
    ),
    "A provider's footprint": Layer(
        Measure(FOOTPRINTS, "share_of_area", "Provider's part of the visits here"),
        "Where the chosen provider's carers were, by call monitoring, or by packages where that covers too little.",
        ("district", "provider"),
    ),
    "Providers in one street": Layer(
        Measure(OVERLAP, "providers_street_mean", "Providers in one street, typical", "providers"),
        "Providers that deliver in the same square of a street's size, the mean visit's square. More is more overlap.",
        _DISTRICT,
    ),
    "Providers near a home": Layer(
        Measure(NEAR_AREAS, "near_providers_median", "Providers near a home, the middle one", "providers"),
        "Providers that deliver within a short drive of a package, the package in the middle.",
        _DISTRICT,
    ),
    "Concentration": Layer(
        Measure(OVERLAP, "hhi", "Herfindahl-Hirschman index", "of 10,000"),
        "10,000 is one company; over 2,000 is highly concentrated in the words of the competition authority.",
        _DISTRICT,
    ),
    "Access score": Layer(
        ACCESS["Three-step (3SFCA): who has much in reach presses less on each"],
        "Spare carer hours within reach to each carer hour of demand: little is bad. RAAM is the other way round.",
        _DISTRICT,
    ),
    "Beyond reach": Layer(
        Measure(GAPS, "waiting_beyond", "Waiting hours beyond reach of spare hours", "carer h a week"),
        "Carer hours that wait and find no spare hours left near by road.",
        _DISTRICT,
    ),
    "Refusals": Layer(
        Measure(REFUSALS, "refused_share", "Refused offers as a share of offers"),
        "Offers of packages here that providers refused.",
        _DISTRICT,
    ),
    "Price": Layer(_PAID, "What an hour of care bought by the council costs here, by carer hours.", _DISTRICT),
}  # fmt: skip
# Every figure of an area, by what it is about.
MEASURES: dict[str, tuple[Measure, ...]] = {
    "Demand": (
        LAYERS["Demand"].measure,
        Measure(DEMAND_AREAS, "packages", "Packages"),
        Measure(DEMAND_AREAS, "people", "People"),
        Measure(DEMAND_AREAS, "carer_hours", "Carer hours", _HOURS),
        Measure(DEMAND_AREAS, "visits", "Client visits", "a week"),
        Measure(DEMAND_AREAS, "double_handed_share", "Double-handed packages"),
        Measure(DEMAND_AREAS, "people_1000", "People with care to 1,000 residents of 65 and over"),
        Measure(DEMAND_AREAS, "hours_1000", "Contact hours to 1,000 residents of 65 and over", _HOURS),
    ),
    "Waiting": (
        LAYERS["Waiting"].measure,
        Measure(DEMAND_AREAS, "packages_waiting", "Packages waiting"),
        LAYERS["Long waits"].measure,
        Measure(
            WAITS, "median_days", "Days after which half had care", "days",
            counted=("waits_followed", "waits"), ends=("median_days_low", "median_days_high"),
        ),
        LAYERS["Beyond reach"].measure,
    ),
    "Supply within reach": (
        Measure(GAPS, "spare_hours", "Spare hours here, as providers state them", "carer h a week"),
        *ACCESS.values(),
    ),
    "Providers": (
        Measure(OVERLAP, "providers", "Providers at work"),
        LAYERS["Providers in one street"].measure,
        LAYERS["Providers near a home"].measure,
        Measure(OVERLAP, "largest_company_share", "Largest company's part of carer hours"),
        LAYERS["Concentration"].measure,
    ),
    "Refusals": (
        LAYERS["Refusals"].measure,
        Measure(REFUSALS, "offers_per_accepted", "Offers for each one accepted"),
        Measure(REFUSALS, "handback_rate", "Handbacks to 100 packages held"),
    ),
    "Price and travel": (
        _PAID,
        Measure(
            PRICES, "paid_less_card", "Paid less the rate card", "an hour", counted=("packages_carded", "packages")
        ),
        Measure(PRICES, "travel_minutes_hour", "Travel", "min a carer hour"),
    ),
}  # fmt: skip
REPORT_TABLES = (DEMAND_AREAS, WAITS, GAPS, OVERLAP, NEAR_AREAS, REFUSALS, PRICES, FOOTPRINTS)


def tell_measure(row: Mapping[str, Any], measure: Measure) -> tuple[str, str]:
    """Tell a figure with its unit, and what it rests on: count, denominator and 95 % interval where it has them."""
    value = tell_number(row[measure.column], measure.kind)
    if value == NONE:
        return "not known", ""
    told = f"{value} {measure.unit}".strip()
    evidence = list(tell_evidence(row, measure.described, measure.table))
    number, noun = measure.counted
    if number and not pd.isna(row[number]):
        count = tell_number(row[number], "count")
        evidence.append(f"{count} {noun.removesuffix('s') if count == '1' else noun}")
    if measure.ends[0] and not any(pd.isna(row[end]) for end in measure.ends):
        low, high = (tell_number(row[end], measure.kind) for end in measure.ends)
        evidence.append(f"{low} to {high}")
    whole = measure.described.whole
    if whole in measure.table.names:
        evidence.append(f"of {tell_number(row[whole], measure.table.column(whole).kind)}")
    return told, "; ".join(evidence)


def take_level(frame: pd.DataFrame, *, level: str) -> pd.DataFrame:
    """Take one level's placed areas out of a table, indexed by ``area_code``."""
    rows = frame[(frame["level"] == level) & (frame["area_code"] != UNPLACED)]
    return rows.set_index("area_code")


def join_layer(shapes: gpd.GeoDataFrame, rows: pd.DataFrame, measure: Measure) -> gpd.GeoDataFrame:
    """Join a layer's figures to outlines.

    Parameters
    ----------
    shapes
        ``area_code``, ``area_name``, geometry.
    rows
        The measure's table, indexed by ``area_code``, one row an area.

    Returns
    -------
    GeoDataFrame
        ``area_code``, ``area_name``, ``value`` (float, NaN unknown), ``told``, ``rests_on`` (texts), geometry.
    """
    told = {str(code): tell_measure(_named(row), measure) for code, row in rows.to_dict("index").items()}
    values = rows[measure.column].astype(float) if len(rows) else pd.Series(dtype=float)
    codes = shapes["area_code"].astype(str)
    texts = [told.get(code, ("not known", "")) for code in codes]
    return shapes[["area_code", "area_name", "geometry"]].assign(
        value=codes.map(values).astype(float).to_numpy(),
        told=[text for text, _ in texts],
        rests_on=[basis for _, basis in texts],
    )


def tell_area(tables: Mapping[str, pd.DataFrame], *, level: str, area: str) -> pd.DataFrame:
    """List every figure of an area.

    Parameters
    ----------
    tables
        Path of an output table → its frame; tables that are missing are left out.

    Returns
    -------
    DataFrame
        ``about``, ``figure``, ``value``, ``rests_on``, ``rank`` ("3rd highest of 118", among the areas of its level
        whose figure is known; blank where its own is not).
    """
    rows = []
    for about, measures in MEASURES.items():
        for measure in measures:
            frame = tables.get(measure.table.path)
            here = None if frame is None else take_level(frame, level=level)
            if here is None or area not in here.index:
                continue
            told, basis = tell_measure(_named(here.loc[area].to_dict()), measure)
            rank = "" if told == "not known" else tell_rank(here[measure.column].astype(float), area)
            rows.append({"about": about, "figure": measure.title, "value": told, "rests_on": basis, "rank": rank})
    return pd.DataFrame(rows, columns=["about", "figure", "value", "rests_on", "rank"])


def _named(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): value for name, value in row.items()}


def tell_rank(values: pd.Series, area: str) -> str:
    """Say which place an area's value has, 1 the highest; equal values share the better place."""
    known = values.dropna()
    place = int((known > known[area]).sum()) + 1
    return f"{ordinal(place)} of {len(known)}" if place > 1 else f"highest of {len(known)}"


def ordinal(number: int) -> str:
    """Write 1st, 2nd, 3rd, 11th and so on."""
    last, teens = number % 10, number % 100 // 10 == 1
    return f"{number:,}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(last, 'th')}"


def tell_untouched(layer: Layer, used: Iterable[str]) -> str:
    """Say which of the filters in use do not touch a layer; blank where all do."""
    idle = [name for name in FILTERS if name in set(used) and name not in layer.filters]
    if not idle:
        return ""
    return f"This layer does not change with {' or '.join(idle)}: it is measured over {layer.source} as a whole."
