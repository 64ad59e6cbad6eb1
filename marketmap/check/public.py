"""Checks of what may leave the council: no figure that rests on few people, nobody's name, every figure true."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pandas as pd

from marketmap.check import sources
from marketmap.check.costs import find_usual_price
from marketmap.check.evidence import Evidence
from marketmap.check.findings import Broken, Unreadable, check, some
from marketmap.check.providers import proposed
from marketmap.check.staffing import list_calls

PROSPECTUS, HIDDEN = "public/prospectus.csv", "*"
BANDS = ("morning", "lunch", "tea", "bed", "night")
DOUBLE_HANDED = "double_handed"
SHORTEST_NAME = 6  # shorter names are words as well


@dataclass(frozen=True)
class _Cell:
    """What a cell of the prospectus may show: a text, or that it must be hidden. ``others`` are as near by rounding."""

    text: str
    people: int
    others: tuple[str, ...] = ()


def _read(evidence: Evidence) -> list[dict[str, str]]:
    path = evidence.folder / PROSPECTUS
    try:
        return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    except (OSError, ValueError, csv.Error) as error:
        raise Unreadable(PROSPECTUS, f"cannot be read as a table ({type(error).__name__})") from error


@check("prospectus")
def prospectus(evidence: Evidence) -> Iterator[Broken]:
    """Hold that each proposed block has its row, with figures that its packages give, rounded, and hidden where few."""
    if not (evidence.folder / PROSPECTUS).is_file():
        return
    rows, wanted = _read(evidence), [str(name) for name in proposed(evidence).index]
    if sorted(row.get("block_id", "") for row in rows) != sorted(wanted):
        yield Broken(PROSPECTUS, "does not list every proposed block once")
    movable = evidence.movable
    prices, silent = _find_prices(evidence), _find_silent(evidence)
    for row in (row for row in rows if row.get("block_id") in wanted):
        block = row["block_id"]
        own = movable[movable["block_id"] == block]
        thin = [name for name, text in row.items() if name.startswith("district_") and text != HIDDEN]
        if thin and _count_district(evidence, block) < evidence.settings.disclosure.least_people:
            yield Broken(PROSPECTUS, f"figures of the district of block {block} rest on few people", some(thin))
        figures = _find_cells(evidence, block, own)
        if block in silent:
            people = own["person"].nunique()
            figures |= {name: _Cell(HIDDEN, people) for name in figures if name != "hours_limits"}
            figures["needs"] = _Cell("", people)
        for name, cell in {**figures, "usual_price_hour": prices.get(block)}.items():
            said = row.get(name)
            if said is None or cell is None or said in {cell.text, *cell.others}:
                continue
            if cell.text == HIDDEN:
                what = f"{name} of block {block} is shown, and rests on {cell.people} people or tells what does"
            else:
                what = f"{name} of block {block} is {said}, not {cell.text}"
            yield Broken(PROSPECTUS, what, (block,))


def _find_silent(evidence: Evidence) -> set[str]:
    """Find the blocks of few people, and in each one's district the smallest other: a reader could subtract."""
    least = evidence.settings.disclosure.least_people
    people = evidence.movable.groupby("block_id")["person"].nunique()
    district = evidence.proposals["district_code"].groupby(level=0).first()
    names = pd.Series([str(name) for name in proposed(evidence).index])
    silent: set[str] = set()
    for _, own in names.groupby(names.map(district)):
        counts = [(int(people.get(name, 0)), place, name) for place, name in enumerate(own)]
        few = {name for count, _, name in counts if 0 < count < least}
        others = sorted(one for one in counts if one[0] >= least)
        silent |= few | ({others[0][2]} if few and others else set())
    return silent


def _count_district(evidence: Evidence, block: str) -> int:
    rows, district_of = evidence.movable, evidence.proposals["district_code"].groupby(level=0).first()
    return int(rows.loc[rows["district_code"] == district_of[block], "person"].nunique())


def _find_cells(evidence: Evidence, block: str, own: pd.DataFrame) -> dict[str, _Cell]:
    rules, proposals = evidence.settings.disclosure, evidence.proposals
    people, least = own["person"].nunique(), rules.least_people
    waiting = own.loc[own["waiting"], "person"].nunique()
    double = own.loc[own["carers"] > 1, "person"].nunique()
    active = own.loc[~own["waiting"], "person"].nunique()
    hours = float(own["hours"].sum())
    minutes = float(proposals["minutes_per_visit_proposed"].groupby(level=0).first()[block])

    def few(number: int) -> bool:
        return 0 < number < least

    def show(value: float, number: int) -> _Cell:
        if few(number):
            return _Cell(HIDDEN, number)
        return _Cell(*_write_about(value, number, 1e-6, lambda near: f"{_round(near, rules.round_to):,}"))

    rest = people - waiting
    # Of two parts of a known total, one that is few takes the other with it.
    # Of few people even that none of them waits is not said.
    hidden = few(people) or few(waiting) or (few(rest) and waiting > 0)
    queue = _Cell(HIDDEN, waiting) if hidden else show(float(own.loc[own["waiting"], "hours"].sum()), waiting)
    whole = _round(people, rules.round_to)
    share = any(few(number) for number in (double, people - double, people)) or whole == 0
    needs = own[["person", "needs"]].assign(needs=own["needs"].map(sources.to_codes)).explode("needs").dropna()
    common = needs.drop_duplicates().groupby("needs")["person"].nunique()
    listed = sorted(str(name) for name, number in common.items() if number >= least and name != DOUBLE_HANDED)
    mean = active >= least and math.isfinite(minutes)
    turnover = hours * evidence.settings.blocks.turnover_week * 13
    limits = evidence.settings.blocks
    return {
        "hours_limits": _Cell(f"{limits.min_hours:g} to {limits.max_hours:g}", people),
        "people": show(people, people),
        "hours_week": show(hours, people),
        "hours_waiting": queue,
        "starts_hours_13w": show(turnover, people),
        # The mean itself was written to a hundredth.
        "drive_minutes": _Cell(*_write_about(minutes, active, 0.005 + 1e-6, lambda near: f"{near:.1f}"))
        if mean
        else _Cell(HIDDEN, active),
        "double_handed": _Cell(HIDDEN, double)
        if share
        else _Cell(f"{min(1.0, _round(double, rules.round_to) / whole):.0%}", double),
        "needs": _Cell(";".join(listed), people),
    }


def _write_about(
    value: float, people: int, step: float, write: Callable[[float], str]
) -> tuple[str, int, tuple[str, ...]]:
    """Write a figure, and as well what it would be a little lower and higher: `_Cell`'s three parts."""
    return write(value), people, (write(value - step), write(value + step))


def _round(value: float, to: int) -> int:
    return math.floor(value / to + 0.5) * to


def _find_prices(evidence: Evidence) -> dict[str, _Cell]:
    """Find what may be shown of each block's usual price: no company may be told from it."""
    rules, rows = evidence.settings.disclosure, evidence.packages
    rows = rows[rows["placeable"] & ~rows["waiting"] & rows["price"].notna()]
    company = rows["provider_id"].map(evidence.providers["company"]).fillna("")
    usual, shown = find_usual_price(evidence), {}
    for district, own in rows.groupby("district_code"):
        hours = own["carer_hours"].groupby(company[own.index]).sum()
        hours = hours[hours > 0]
        people = own["person"].nunique()
        safe = people >= rules.least_people and len(hours) >= rules.least_companies
        safe = safe and float(hours.max()) <= rules.dominance * float(hours.sum())
        price = _write_about(float(usual[district]), people, 1e-6, lambda near: f"{near:,.1f}0")
        shown[str(district)] = _Cell(*price) if safe else _Cell(HIDDEN, people)
    district_of = evidence.proposals["district_code"].groupby(level=0).first()
    none = _Cell(HIDDEN, 0)
    return {str(block): shown.get(str(district), none) for block, district in district_of.items()}


@check("prospectus-bands")
def prospectus_bands(evidence: Evidence) -> Iterator[Broken]:
    """Hold that no hours by time of day are shown where they rest on few people."""
    if not (evidence.folder / PROSPECTUS).is_file():
        return
    least, movable = evidence.settings.disclosure.least_people, evidence.movable
    keys = movable[["package_id", "person", "block_id"]]
    called = list_calls(evidence)
    mixed = [band for band in BANDS if evidence.settings.blocks.band_mix.get(band, 0.0) > 0]
    rest = keys[~keys["package_id"].isin(called["package_id"])].merge(pd.DataFrame({"band": mixed}), how="cross")
    people = pd.concat([called[["block_id", "band", "person"]], rest[["block_id", "band", "person"]]])
    counts = people.groupby(["block_id", "band"])["person"].nunique()
    for row in _read(evidence):
        bare = [
            band
            for band in BANDS
            if (0 < int(counts.get((row.get("block_id", ""), band), 0)) < least or row.get("people") == HIDDEN)
            and row.get(f"hours_{band}", HIDDEN) != HIDDEN
        ]
        if bare:
            yield Broken(PROSPECTUS, f"hours of block {row['block_id']} rest on few people, and are shown", some(bare))


@check("public-nameless")
def public_nameless(evidence: Evidence) -> Iterator[Broken]:
    """Hold that no file that may leave the council names a provider, a person or a package."""
    folder = evidence.folder / "public"
    providers, packages = evidence.providers, evidence.packages
    county = evidence.settings.county
    places = " ".join([county.name, *county.district_names.values(), *evidence.proposals["district_name"]]).lower()
    names = {str(name) for name in providers["provider_name"] if len(str(name)) >= SHORTEST_NAME}
    names = {name for name in names if name.lower() not in places}
    codes = {str(code) for code in (*providers.index, *packages["package_id"], *packages["person"])}
    codes = {code for code in codes if len(code) >= SHORTEST_NAME or re.fullmatch(r"[A-Za-z]+\d+", code)}
    blocks = set(evidence.proposals.index.astype(str))
    for path in sorted(folder.glob("*")) if folder.is_dir() else []:
        text = path.read_text(encoding="utf-8", errors="replace")
        words = set(re.findall(r"[A-Za-z0-9_-]+", text))
        found = sorted((codes - blocks) & words) + sorted(name for name in names if name in text)
        if found:
            what = f"names {len(found)} of the council's providers, people or packages"
            yield Broken(f"public/{path.name}", what)
