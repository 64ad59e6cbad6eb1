"""Checks of demand: each figure of a point and of a block, summed again from the packages."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from marketmap.check import sources, written
from marketmap.check.evidence import Evidence
from marketmap.check.figures import HUNDREDTH, TENTH, compare, show_difference, unique_blocks
from marketmap.check.findings import Broken, check, count, some

WEEKS_AHEAD = 13
GATHERED = 10  # postcodes of several sectors on one spot: a delivery office
WEEKS_YEAR = 52


@check("packages-accounted")
def packages_accounted(evidence: Evidence) -> Iterator[Broken]:
    """Hold that every placeable package is in a point, or said to be unplaced, or off the road network."""
    packages = evidence.packages
    unplaced = evidence.unplaced
    told = packages["row"].astype(str).isin(unplaced.loc[unplaced["table"] == "packages", "row"])
    on_roads = set(evidence.neighbours["postcode_a"]) | set(evidence.neighbours["postcode_b"])
    off_roads = packages["block_id"].ne("") & ~packages["postcode"].isin(on_roads)
    lost = packages.loc[
        packages["placeable"] & ~packages["postcode"].isin(evidence.points.index) & ~told & ~off_roads,
        "package_id",
    ]
    if len(lost):
        yield Broken(
            written.POINTS,
            f"{count(len(lost), 'placeable package')} in no point, not unplaced and not off the roads",
            some(lost),
        )
    found = packages.loc[
        packages["placeable"] & told & packages["block_id"].ne("") & packages["postcode"].isin(on_roads),
        "package_id",
    ]
    if len(found):
        what = f"{count(len(found), 'package')} called unplaced that lies in the county and on its roads"
        yield Broken(written.UNPLACED, what, some(found))
    nowhere = packages.loc[packages["counts"] & (packages["postcode"] == "") & ~told, "package_id"]
    if len(nowhere):
        what = f"{count(len(nowhere), 'package')} without a place that the list does not name"
        yield Broken(written.UNPLACED, what, some(nowhere))


@check("do-not-move")
def do_not_move(evidence: Evidence) -> Iterator[Broken]:
    """Hold that no package marked do_not_move is counted among those a block may place."""
    packages = evidence.packages
    fixed = packages[packages["fixed"]]
    points = evidence.points[~evidence.points.index.duplicated()]
    claimed = points["contact_hours"]
    excess = claimed - evidence.demand["contact_hours"].reindex(claimed.index).fillna(0.0)
    there = excess.reindex(fixed["postcode"]).to_numpy()
    counted = sorted(fixed.loc[there >= fixed["hours"].to_numpy() - 2 * HUNDREDTH, "package_id"])
    if counted:
        what = f"{count(len(counted), 'package')} marked do_not_move counted as movable"
        yield Broken(written.POINTS, what, some(counted))


@check("points-block")
def points_block(evidence: Evidence) -> Iterator[Broken]:
    """Hold that each point stands once, in the block of the look-up list, its own district, its block's centre."""
    points = evidence.points
    if points.index.has_duplicates:
        twice = sorted(set(points.index[points.index.duplicated()]))
        yield Broken(written.POINTS, f"{count(len(twice), 'postcode')} listed more than once", some(twice))
    listed = points["postcode"].map(evidence.block_of).fillna("")
    differs = points.loc[listed != points["block_id"], "postcode"]
    if len(differs):
        what = f"{count(len(differs), 'point')} in another block than block_postcodes.csv"
        yield Broken(written.POINTS, what, some(differs))
    district = points["postcode"].map(evidence.directory["district_code"]).fillna("")
    wrong = points.loc[district != points["district_code"], "postcode"]
    if len(wrong):
        yield Broken(written.POINTS, f"{count(len(wrong), 'point')} in the wrong district", some(wrong))
    centre = points["block_id"].map(evidence.proposals["centre_postcode"]).fillna("")
    moved = points.loc[centre != points["centre_postcode"], "postcode"]
    if len(moved):
        yield Broken(written.POINTS, f"{count(len(moved), 'point')} with another centre than its block", some(moved))


@check("points-demand")
def points_demand(evidence: Evidence) -> Iterator[Broken]:
    """Hold that each point's packages, people, hours and visits are what the packages sum to."""
    points = evidence.points[~evidence.points.index.duplicated()]
    demand = evidence.demand.reindex(points.index).fillna(0.0)
    for name in ("packages", "people", "contact_hours", "carer_hours", "carer_visits", "hours_waiting"):
        yield from compare(written.POINTS, name, demand[name], points[name])
    inside = points["block_id"] != written.SPOT
    yield from compare(
        written.POINTS,
        "carer_hours_held",
        demand.loc[inside, "carer_hours_held"],
        points.loc[inside, "carer_hours_held"],
    )


def sum_blocks(evidence: Evidence) -> pd.DataFrame:
    """Sum the placeable packages of each block, columns as ``block_proposals.csv`` names them."""
    blocks, rows = unique_blocks(evidence).index, evidence.movable
    fixed = evidence.packages[evidence.packages["fixed"]]
    parts = pd.DataFrame(
        {
            "packages": 1.0,
            "hours_zone": rows["hours"],
            "hours_already_with_provider": rows["hours"].where(rows["held"], 0.0),
            "hours_with_others": rows["hours"].where(rows["others"], 0.0),
            "hours_waiting": rows["hours"].where(rows["waiting"], 0.0),
            "carer_hours_zone": rows["carer_hours"],
            "carer_visits_week": rows["carer_visits"],
        }
    )
    sums = parts.groupby(rows["block_id"]).sum()
    sums["people"] = rows.groupby("block_id")["person"].nunique()
    sums = sums.reindex(blocks).assign(hours_fixed=fixed.groupby("block_id")["hours"].sum())
    return sums.fillna(0.0).astype(float)


@check("block-demand")
def block_demand(evidence: Evidence) -> Iterator[Broken]:
    """Hold that each block's hours, packages and people are what the packages in its zone sum to."""
    blocks, derived = unique_blocks(evidence), sum_blocks(evidence)
    for name in derived.columns:
        yield from compare(written.PROPOSALS, name, derived[name], blocks[name])


@check("block-zone")
def block_zone(evidence: Evidence) -> Iterator[Broken]:
    """Hold that each block's number of postcodes, sectors and district are what its postcodes give."""
    blocks, members = unique_blocks(evidence), evidence.block_of
    sizes = members.groupby(members).size().reindex(blocks.index).fillna(0).astype(float)
    yield from compare(written.PROPOSALS, "postcodes", sizes, blocks["postcodes"])
    sectors = _sectors_reached(evidence)
    said_of = blocks["sectors"].to_dict()
    for block, own in sectors.groupby(members.reindex(sectors.index)):
        if block in said_of:
            said = {part.strip() for part in str(said_of[block]).split(";")}
            if said != set(own):
                yield Broken(written.PROPOSALS, "sectors are not those of the postcodes", (str(block),))
    centre = blocks["centre_postcode"]
    needs_centre = (blocks["status"] == written.PROPOSED) | (centre != "")
    lost = blocks.loc[needs_centre & ~centre.isin(members.index), "block_id"]
    if len(lost):
        yield Broken(written.PROPOSALS, f"{count(len(lost), 'centre')} that is no postcode of the county", some(lost))
    district = centre.map(evidence.directory["district_code"]).fillna("")
    wrong = blocks.loc[(centre != "") & (district != blocks["district_code"]), "block_id"]
    if len(wrong):
        yield Broken(written.PROPOSALS, f"{count(len(wrong), 'block')} not in its centre's district", some(wrong))


def _sectors_reached(evidence: Evidence) -> pd.Series:
    """Give each postcode's sector, without the postcodes of a delivery office where the block has others.

    Such an office is a spot that ten or more postcodes of different sectors share.
    """
    members = evidence.block_of
    sector = sources.to_sectors(pd.Series(members.index.astype(str), index=members.index))
    place = evidence.directory.reindex(members.index)
    spot = place["easting"].astype(str) + " " + place["northing"].astype(str)
    size, kinds = spot.map(spot.value_counts()), spot.map(sector.groupby(spot).nunique())
    plain = (size < GATHERED) | (kinds < 2)
    has_plain = plain.groupby(members).transform("any")
    return sector[plain | ~has_plain]


@check("block-size")
def block_size(evidence: Evidence) -> Iterator[Broken]:
    """Hold that each proposed block is of allowed size; those already let may be any."""
    limits = evidence.settings.blocks
    hours = sum_blocks(evidence)["hours_zone"]
    hours = hours[~hours.index.isin([*evidence.existing, written.SPOT])]
    small, large = hours[hours < limits.min_hours - 1e-6], hours[hours > limits.max_hours + 1e-6]
    for found, what in ((small, f"below {limits.min_hours:g}"), (large, f"above {limits.max_hours:g}")):
        if len(found):
            shown = some(f"{block}: {value:g} hours" for block, value in found.items())
            yield Broken(written.PROPOSALS, f"{count(len(found), 'proposed block')} {what} hours a week", shown)


def _find_guarantees(evidence: Evidence) -> pd.Series:
    """Find the most that may be guaranteed at the start: held and waiting hours, or what was signed already."""
    sums = sum_blocks(evidence)
    sure = sums["hours_already_with_provider"] + sums["hours_waiting"]
    return _from_contracts(evidence, "guaranteed_hours_week").fillna(sure)


def _from_contracts(evidence: Evidence, column: str) -> pd.Series:
    """Read a figure of the contracts already let, NaN for blocks that are only proposed."""
    blocks, contracts = unique_blocks(evidence), evidence.source("blocks")
    if contracts is None:
        return pd.Series(float("nan"), index=blocks.index)
    contracts = contracts.drop_duplicates("block_id")
    signed = pd.Series(sources.to_numbers(contracts[column]).to_numpy(), index=contracts["block_id"])
    return signed.reindex(blocks.index).where(blocks["status"] == written.EXISTING)


def _sum_carer_hours(evidence: Evidence, *kinds: str) -> pd.Series:
    """Sum the carer hours in each block's zone that are of any of some kinds (``held``, ``waiting``)."""
    rows = evidence.movable
    hours = rows["carer_hours"].where(rows[list(kinds)].any(axis=1), 0.0)
    return hours.groupby(rows["block_id"]).sum().reindex(unique_blocks(evidence).index).fillna(0.0)


@check("guarantee")
def guarantee(evidence: Evidence) -> Iterator[Broken]:
    """Hold that what is guaranteed at the start is what the provider holds there and who waits, no more and no less."""
    allowed = _find_guarantees(evidence)
    claimed = unique_blocks(evidence)["hours_guaranteed_start"]
    for wrong, what in (
        (claimed > allowed + HUNDREDTH + 1e-6, "more"),
        (claimed < allowed - HUNDREDTH - 1e-6, "less"),
    ):
        if wrong.any():
            told = f"{count(int(wrong.sum()), 'block')} guaranteed {what} than is held there, waits or was signed"
            yield Broken(written.PROPOSALS, told, show_difference(allowed, claimed, wrong))


@check("block-outlook")
def block_outlook(evidence: Evidence) -> Iterator[Broken]:
    """Hold that starts, ends, weeks to fill, void cost, value and carers follow from hours and settings.

    Pounds buy carer hours: a proposed block is worth those that its provider holds or that wait, and stands to lose
    those that wait. A contract is worth what it guarantees.
    """
    blocks, sums, settings = unique_blocks(evidence), sum_blocks(evidence), evidence.settings.blocks
    listed = blocks["suggested_provider_id"].map(evidence.providers["price"]).astype(float)
    price = _from_contracts(evidence, "price_hour").fillna(listed)
    let = blocks["status"] == written.EXISTING
    guaranteed, held = _find_guarantees(evidence), sums["hours_already_with_provider"]
    paid = guaranteed.where(let, _sum_carer_hours(evidence, "held", "waiting"))
    unfilled = (guaranteed - held).clip(lower=0.0).where(let, _sum_carer_hours(evidence, "waiting"))
    week = sums["hours_zone"] * settings.turnover_week
    later = (guaranteed - held - sums["hours_waiting"]).clip(lower=0.0).round(6)
    first = (sums["hours_waiting"] > 0) * settings.start_weeks
    # Where nothing is guaranteed there is nothing to fill.
    sure = guaranteed.where(let, held + sums["hours_waiting"])
    derived = {
        "expected_starts_hours_13w": week * WEEKS_AHEAD,
        "expected_ends_hours_13w": week * WEEKS_AHEAD,
        "weeks_to_fill": (first + (later / week.where(week > 0)).where(later > 0, 0.0)).where(sure > 0),
        "void_cost_pounds_week": unfilled * price,
        "annual_value_pounds": paid * price * WEEKS_YEAR,
        "carers_full_time": sums["carer_hours_zone"] / settings.full_time_hours_week,
    }
    for name, values in derived.items():
        allow = TENTH if name in {"weeks_to_fill", "carers_full_time"} else HUNDREDTH
        yield from compare(written.PROPOSALS, name, values, blocks[name], allow=allow)


@check("minutes-per-visit")
def minutes_per_visit(evidence: Evidence) -> Iterator[Broken]:
    """Hold that minutes a carer-visit are means of the block's points, over visits made today."""
    blocks, settings = unique_blocks(evidence), evidence.settings.blocks
    points = evidence.points[~evidence.points.index.duplicated()]
    visits = evidence.demand["active_visits"].reindex(points.index).fillna(0.0)

    def total(values: pd.Series) -> pd.Series:
        return values.groupby(points["block_id"]).sum().reindex(blocks.index).fillna(0.0)

    made = total(visits)
    now = total(visits * points["minutes_outside"].fillna(0.0))
    then = total(visits * points["minutes_to_centre"].fillna(0.0))
    some_made = made.where(made > 0)
    yield from compare(
        written.PROPOSALS,
        "minutes_per_visit_now",
        now / some_made,
        blocks["minutes_per_visit_now"],
        allow=2 * HUNDREDTH,
    )
    yield from compare(
        written.PROPOSALS,
        "minutes_per_visit_proposed",
        then / some_made,
        blocks["minutes_per_visit_proposed"],
        allow=2 * HUNDREDTH,
    )
    saved = now * settings.factor_outside - then * settings.factor_inside
    allow = HUNDREDTH + made * HUNDREDTH * (settings.factor_outside + settings.factor_inside)
    yield from compare(
        written.PROPOSALS,
        "travel_minutes_saved_week",
        saved,
        blocks["travel_minutes_saved_week"],
        allow=allow,
    )
