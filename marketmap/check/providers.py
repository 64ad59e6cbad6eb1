"""Checks of who was suggested: eligible there, with the capacity, and not too much in one company's hands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import geopandas as gpd
import numpy as np
import pandas as pd

from marketmap.check import sources, written
from marketmap.check.evidence import Evidence
from marketmap.check.findings import Broken, Unreadable, check, count, some

HOURS = 1e-6  # limits are held on unrounded hours


def proposed(evidence: Evidence) -> pd.Series:
    """Take the suggested provider of each proposed block."""
    return evidence.suggested[~evidence.suggested.index.isin(evidence.existing)]


def barred_everywhere(evidence: Evidence) -> pd.Series:
    """Say of each provider why it may have no block at all; blank where it may."""
    providers = evidence.providers
    excluded = [sources.to_word(rating) for rating in evidence.settings.blocks.excluded_ratings]
    rated = sources.to_words(providers["cqc_rating"]).isin(excluded)
    if evidence.participation is None:
        answers = providers["on_framework"]
        # Where the council says of nobody that it is on the framework, nobody is off it.
        joined = sources.to_flags(answers) if (answers != "").any() else pd.Series(data=True, index=answers.index)
        absent = "not on the framework"
    else:
        joined = providers["provider_id"].isin(evidence.participation["provider_id"])
        absent = "takes no part in blocks"
    why = np.select(
        [providers["suspended"], rated, ~joined],
        ["placements suspended", "rating excluded", absent],
        default="",
    )
    return pd.Series(why, index=providers.index)


def takes_part(evidence: Evidence, provider: str, postcodes: pd.Index) -> pd.Series:
    """Say at which postcodes a provider takes part, by sector, district or the council's own areas."""
    if evidence.participation is None:
        return pd.Series(data=True, index=postcodes)
    names = pd.Series(postcodes.astype(str), index=postcodes)
    sector, district = sources.to_sectors(names), names.map(evidence.directory["district_code"])
    inside = pd.Series(data=False, index=postcodes)
    for code in evidence.participation.loc[evidence.participation["provider_id"] == provider, "area_code"]:
        if code == "":
            return pd.Series(data=True, index=postcodes)
        named = (sector == code) | (district == code)
        inside |= named if named.any() else _inside_area(evidence, code, postcodes)
    return inside


def _inside_area(evidence: Evidence, code: str, postcodes: pd.Index) -> pd.Series:
    outside = pd.Series(data=False, index=postcodes)
    if "areas" not in evidence.recorded("inputs"):
        return outside
    path = evidence.source_path("areas")
    try:
        areas = gpd.read_file(path) if path.suffix != ".parquet" else gpd.read_parquet(path)
        shapes = areas[areas["area_code"].astype(str).str.strip() == code].to_crs("EPSG:27700")
    except Exception as error:  # a vector file fails in as many ways as there are drivers
        raise Unreadable(path.name, f"cannot be read as areas ({type(error).__name__})") from error
    if shapes.empty:
        return outside
    places = evidence.directory.reindex(postcodes)
    points = gpd.GeoSeries.from_xy(places["easting"], places["northing"], index=postcodes, crs="EPSG:27700")
    return pd.Series(np.asarray(points.within(shapes.geometry.union_all()), dtype=bool), index=postcodes)


def list_needs(rows: pd.DataFrame) -> frozenset[str]:
    """Gather what some packages need of their provider; two carers at once are a need too."""
    listed = frozenset(word for cell in set(rows["needs"]) for word in sources.to_codes(cell))
    return listed | {"double_handed"} if (rows["carers"] > 1).any() else listed


@check("eligible")
def eligible(evidence: Evidence) -> Iterator[Broken]:
    """Hold that whoever is suggested or called eligible may have the block: in good standing, there, able."""
    rows, barred = evidence.eligible, barred_everywhere(evidence)
    called = rows[(rows["eligible"] == "yes") & ~rows["block_id"].isin(evidence.existing)]
    suggested = {(str(block), str(provider)) for block, provider in proposed(evidence).items()}
    pairs = suggested | set(zip(called["block_id"], called["provider_id"], strict=True))
    points = evidence.demand.index
    block_of = evidence.block_of.reindex(points)
    needs = {str(block): list_needs(own) for block, own in evidence.movable.groupby("block_id")}
    outside: dict[str, frozenset[str]] = {}
    for block, provider in sorted(pairs):
        if provider not in barred.index:
            continue  # an unknown provider is another check's finding
        if provider not in outside:
            outside[provider] = frozenset(block_of[~takes_part(evidence, provider, points)])
        offered = sources.to_codes(str(evidence.providers["services"][provider]))
        # A provider that lists no services is not known to lack one.
        gap = needs.get(block, frozenset()) - offered if offered else frozenset()
        why = str(barred[provider])
        why = why or ("does not take part in all of the zone" if block in outside[provider] else "")
        why = why or (f"lacks {', '.join(sorted(gap))}" if gap else "")
        if why:
            file = written.PROPOSALS if (block, provider) in suggested else written.ELIGIBLE
            yield Broken(file, f"{provider} cannot have block {block}: {why}", (f"{block}: {provider}",))


@check("audit-trail")
def audit_trail(evidence: Evidence) -> Iterator[Broken]:
    """Hold that each block names every provider once, one suggested and eligible, the excluded with reasons."""
    rows, suggested = evidence.eligible, evidence.suggested
    if rows.duplicated(["block_id", "provider_id"]).any():
        twice = rows.loc[rows.duplicated(["block_id", "provider_id"]), "block_id"]
        yield Broken(written.ELIGIBLE, "a provider listed twice for a block", some(twice))
    chosen = rows[rows["suggested"] == "yes"]
    wrong = [
        block
        for block, provider in suggested.items()
        if list(chosen.loc[chosen["block_id"] == block, "provider_id"]) != [provider]
    ]
    if wrong:
        what = f"{count(len(wrong), 'block')} whose suggested provider is not the one of block_proposals.csv"
        yield Broken(written.ELIGIBLE, what, some(wrong))
    refused = chosen.loc[chosen["eligible"] != "yes", "block_id"]
    refused = refused[~refused.isin(evidence.existing)]
    if len(refused):
        yield Broken(written.ELIGIBLE, f"{count(len(refused), 'suggested provider')} not eligible", some(refused))
    silent = rows.loc[(rows["eligible"] == "no") & (rows["reason"].str.strip() == ""), "block_id"]
    if len(silent):
        yield Broken(written.ELIGIBLE, f"{count(len(silent), 'row')} excluded without a reason", some(silent))
    everyone = set(evidence.providers.index)
    short = [
        block
        for block in proposed(evidence).index
        if set(rows.loc[rows["block_id"] == block, "provider_id"]) != everyone
    ]
    if short:
        what = f"{count(len(short), 'block')} that does not list every provider of the providers table"
        yield Broken(written.ELIGIBLE, what, some(short))


@check("audit-hours")
def audit_hours(evidence: Evidence) -> Iterator[Broken]:
    """Hold that what each provider is said to hold in a block is what its packages there sum to."""
    active = evidence.movable[~evidence.movable["waiting"]]
    held = active.groupby(["block_id", "provider_id"])["hours"].sum()
    rows = evidence.eligible.set_index(["block_id", "provider_id"])["hours_already_with_provider"]
    rows = rows[~rows.index.duplicated()].fillna(0.0)
    wrong = (held.reindex(rows.index).fillna(0.0) - rows).abs() > 0.005 + HOURS
    if wrong.any():
        shown = some(f"{block}: {provider}" for block, provider in rows.index[wrong])
        yield Broken(
            written.ELIGIBLE,
            f"hours_already_with_provider is wrong in {count(int(wrong.sum()), 'row')}",
            shown,
        )


def sum_room(evidence: Evidence) -> pd.Series:
    """Sum what each provider may still take on once the plan has happened, carer hours; negative where too little.

    It has its spare hours and growth, less what it has still to take on in blocks already let, which come first. It
    takes on what is new to it in its proposed blocks and gives up what it holds in those of others.
    """
    rows = evidence.movable[evidence.movable["provider"] != ""]
    let = rows["block_id"].isin(evidence.existing)
    new = rows["carer_hours"].where(~rows["held"], 0.0)
    names = evidence.providers.index
    taken = new[~let].groupby(rows["provider"]).sum().reindex(names).fillna(0.0)
    lost = rows["carer_hours"].where(rows["others"] & ~let, 0.0).groupby(rows["provider_id"]).sum()
    return sum_capacity(evidence) - taken + lost.reindex(names).fillna(0.0)


def sum_capacity(evidence: Evidence) -> pd.Series:
    """Sum what each provider may take on in proposed blocks, carer hours, before it gives anything up."""
    rows = evidence.movable[(evidence.movable["provider"] != "") & evidence.movable["block_id"].isin(evidence.existing)]
    promised = rows["carer_hours"].where(~rows["held"], 0.0).groupby(rows["provider"]).sum()
    providers = evidence.providers
    room = providers["spare"] + providers["growth"] - promised.reindex(providers.index).fillna(0.0)
    return pd.Series(room.clip(lower=0.0))


@check("capacity")
def capacity(evidence: Evidence) -> Iterator[Broken]:
    """Hold that no provider takes on more carer hours than it has spare, may grow by and gives up.

    It gives up what it holds in other providers' proposed blocks; what it has still to take on in blocks already
    let comes out of its spare hours first.
    """
    over = -sum_room(evidence)
    held = evidence.providers.index.isin(proposed(evidence))
    broken = over[(over > HOURS) & held]
    if len(broken):
        shown = some(f"{provider}: {value:g} carer hours too many" for provider, value in broken.items())
        yield Broken(written.PROPOSALS, f"{count(len(broken), 'provider')} above capacity", shown)


@check("block-hours-wanted")
def block_hours_wanted(evidence: Evidence) -> Iterator[Broken]:
    """Hold that no provider's blocks hold more contact hours together than it said it would take."""
    if evidence.participation is None:
        return
    hours = evidence.movable["hours"].groupby(evidence.movable["provider"]).sum()
    for provider in sorted(set(proposed(evidence))):
        rows = evidence.participation[evidence.participation["provider_id"] == provider]
        if rows.empty or rows["most"].isna().any():
            continue  # a row without a limit sets none
        anywhere = rows.loc[rows["area_code"] == "", "most"]
        most = float(anywhere.max() if len(anywhere) else rows["most"].sum())
        if hours.get(provider, 0.0) > most + HOURS:
            what = f"{provider} would take at most {most:g} block hours a week, not {hours[provider]:g}"
            yield Broken(written.PROPOSALS, what, (provider,))


@check("company-share")
def company_share(evidence: Evidence) -> Iterator[Broken]:
    """Hold that no company has more of a district's contact hours than the cap, one block excepted."""
    rows = evidence.movable[evidence.movable["provider"] != ""]
    company = rows["provider"].map(evidence.providers["company"]).fillna(rows["provider"])
    there = evidence.packages[evidence.packages["counts"] & (evidence.packages["postcode"] != "")]
    district_hours = there.groupby("district_code")["hours"].sum()
    blocks = rows["hours"].groupby([company.rename("company"), rows["district_code"], rows["block_id"]]).sum()
    proposing = {str(evidence.providers["company"].get(name, name)) for name in proposed(evidence)}
    for key, own in blocks.groupby(level=[0, 1]):
        name, district = cast("tuple[str, str]", key)
        cap = evidence.settings.blocks.share_cap * float(district_hours.get(district, 0.0))
        if name in proposing and own.sum() > max(cap, float(own.max())) + HOURS:
            what = f"company {name}: {own.sum():g} block hours in {district}, where the cap is {cap:g}"
            yield Broken(written.PROPOSALS, what, some(own.index.get_level_values(2)))
