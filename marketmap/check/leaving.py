"""Checks of what becomes of a company that leaves: every hour answered once, and new homes that can be."""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx
import pandas as pd

from marketmap.check import sources, written
from marketmap.check.evidence import Evidence
from marketmap.check.figures import compare
from marketmap.check.findings import Broken, check, count, some
from marketmap.check.providers import HOURS, barred_everywhere, list_needs, sum_capacity, takes_part

BLOCK_ANSWERS = ("whole", "step_in", "redrawn", "nobody")
TAKEN = ("whole", "redrawn")


def _company(evidence: Evidence) -> str:
    """Name the company that leaves, blank where none does."""
    solver = evidence.record.get("solver")
    value = solver.get("without") if isinstance(solver, dict) else None
    return value if isinstance(value, str) else ""


def _leaving(evidence: Evidence) -> frozenset[str]:
    company = evidence.providers["company"]
    return frozenset(company.index[company == _company(evidence)].astype(str))


def _own(evidence: Evidence) -> frozenset[str]:
    """List the company's blocks in the plan."""
    mine = evidence.suggested.isin(_leaving(evidence))
    return frozenset(evidence.suggested.index[mine].astype(str))


def _block_after(evidence: Evidence) -> pd.Series:
    """Give each postcode its block once the company has left."""
    after = evidence.block_of.copy()
    rows = evidence.written(written.EXIT_POSTCODES).drop_duplicates("postcode").set_index("postcode")
    known = rows.index[rows.index.isin(after.index)]
    after.loc[known] = rows.loc[known, "block_id_after"]
    return after


def _packages(evidence: Evidence) -> pd.DataFrame:
    """Take the packages in force with whether the company delivers them, and their block afterwards."""
    rows = evidence.packages
    lost = rows["provider_id"].isin(_leaving(evidence)) & rows["counts"] & ~rows["waiting"]
    in_point = rows["postcode"].isin(evidence.points.index)
    after = rows["postcode"].map(_block_after(evidence)).fillna(written.SPOT)
    block = rows["block_id"].where(rows["block_id"] != "", written.SPOT)
    return rows.assign(lost=lost, in_scope=rows["placeable"] & in_point, after=after, block_id=block)


@check("exit-hours")
def exit_hours(evidence: Evidence) -> Iterator[Broken]:
    """Hold that each hour the company delivers, or that waits in its blocks, stands once with a fitting answer."""
    if not _company(evidence):
        return
    rows, packages, own = evidence.written(written.EXIT_HOURS), _packages(evidence), _own(evidence)
    answers = evidence.written(written.EXIT_BLOCKS)
    stepped = set(answers.loc[answers["answer"] == "step_in", "block_id"])
    new_names = set(answers.loc[answers["answer"].isin(TAKEN), "new_block_id"])
    counted = packages[packages["lost"] | (packages["waiting"] & packages["in_scope"] & packages["block_id"].isin(own))]
    answer = pd.Series("spot", index=counted.index)
    answer[counted["block_id"].isin(own)] = "nobody"
    answer[counted["block_id"].isin(stepped)] = "step_in"
    answer[counted["after"].isin(new_names)] = "rehomed"
    answer[~counted["block_id"].isin([*own, written.SPOT])] = "other_block"
    answer[~counted["in_scope"]] = "out_of_scope"
    answer[counted["fixed"]] = "one_by_one"
    keys = ["block_id", "district_code", "answer"]
    told = rows.groupby(keys)[["packages", "people", "hours_from_company", "hours_waiting", "carer_hours"]].sum()
    derived = pd.DataFrame(
        {
            **{name: counted[name] for name in ("block_id", "district_code", "carer_hours")},
            "answer": answer,
            "packages": 1.0,
            "hours_from_company": counted["hours"].where(counted["lost"], 0.0),
            "hours_waiting": counted["hours"].where(~counted["lost"], 0.0),
        }
    )
    sums = derived.groupby(keys).sum()
    if set(told.index) != set(sums.index):
        odd = sorted(set(told.index) ^ set(sums.index))
        yield Broken(written.EXIT_HOURS, f"{count(len(odd), 'row')} too many or too few", some(odd))
    for name in sums.columns:
        yield from compare(written.EXIT_HOURS, name, sums[name], told[name])
    holder = {
        **evidence.suggested.to_dict(),
        **dict(zip(answers["new_block_id"], answers["suggested_provider_id"], strict=True)),
    }
    for row in rows.itertuples():
        if row.answer in {"nobody", "spot", "one_by_one", "out_of_scope"} and row.suggested_provider_id:
            yield Broken(written.EXIT_HOURS, "a provider where nobody is found", (str(row.block_id),))
        if row.answer in {"other_block", "step_in"} and row.suggested_provider_id != holder.get(row.block_id):
            yield Broken(written.EXIT_HOURS, "another provider than the block's", (str(row.block_id),))


@check("exit-blocks")
def exit_blocks(evidence: Evidence) -> Iterator[Broken]:
    """Hold that each block of the company has its answer, its hours, and a new provider that may have it."""
    if not _company(evidence):
        return
    rows, own = evidence.written(written.EXIT_BLOCKS), _own(evidence)
    listed = set(rows.loc[rows["status"] != written.SPOT, "block_id"])
    if listed != own:
        yield Broken(written.EXIT_BLOCKS, "does not list the company's blocks", some(sorted(listed ^ own)))
    odd = rows.loc[~rows["answer"].isin(BLOCK_ANSWERS), "block_id"]
    if len(odd):
        yield Broken(written.EXIT_BLOCKS, "an answer that is none", some(odd))
    packages, barred, leaving = _packages(evidence), barred_everywhere(evidence), _leaving(evidence)
    after = _block_after(evidence)
    for row in rows.itertuples():
        name, provider = str(row.block_id), str(row.suggested_provider_id)
        given = row.answer != "nobody"
        where = packages["after"] == row.new_block_id if row.answer == "redrawn" else packages["block_id"] == name
        inside = packages[where & packages["in_scope"]]
        active = inside[~inside["waiting"]]
        derived = {
            "hours_zone": inside["hours"].sum(),
            "hours_from_company": active.loc[active["lost"], "hours"].sum(),
            "hours_with_others": active.loc[~active["lost"], "hours"].sum(),
            "hours_waiting": inside.loc[inside["waiting"], "hours"].sum(),
            "carer_hours_zone": inside["carer_hours"].sum(),
        }
        for column, value in derived.items():
            said = pd.Series({name: float(getattr(row, column))})
            yield from compare(written.EXIT_BLOCKS, column, pd.Series({name: float(value)}), said)
        if given != bool(provider) or given != bool(row.new_block_id):
            yield Broken(written.EXIT_BLOCKS, f"block {name}: a provider and a name go with an answer", (name,))
        if not given:
            continue
        points = evidence.points.index[evidence.points.index.isin(after.index[after == row.new_block_id])]
        offered = sources.to_codes(str(evidence.providers["services"].get(provider, "")))
        gap = list_needs(inside) - offered if offered else frozenset()
        why = str(barred.get(provider, "is unknown")) or ("leaves" if provider in leaving else "")
        why = why or ("does not take part in all of it" if not takes_part(evidence, provider, points).all() else "")
        why = why or (f"lacks {', '.join(sorted(gap))}" if gap else "")
        if why:
            yield Broken(written.EXIT_BLOCKS, f"{provider} cannot have block {row.new_block_id}: {why}", (name,))


@check("exit-room")
def exit_room(evidence: Evidence) -> Iterator[Broken]:
    """Hold that nobody takes on more than it has room for, its blocks in the plan included.

    What a provider gives up counts only where the block that takes it up has a holder. One that the plan lets take
    work because it gives work up to the company's blocks may be that much short, and takes nothing more then.
    """
    if not _company(evidence):
        return
    rows, own, leaving = evidence.written(written.EXIT_BLOCKS), _own(evidence), _leaving(evidence)
    packages = _packages(evidence)
    packages = packages[packages["in_scope"]]
    kept = evidence.suggested[~evidence.suggested.index.isin([*evidence.existing, *own])].astype(str).to_dict()
    taken = rows[rows["answer"].isin(TAKEN)].drop_duplicates("new_block_id")
    new = dict(zip(taken["new_block_id"], taken["suggested_provider_id"].astype(str), strict=True))
    holder = packages["block_id"].map(kept).fillna(packages["after"].map(new))
    unserved = packages["waiting"] | packages["lost"]
    inside = holder.notna()
    fresh = packages["carer_hours"].where(inside & (unserved | (packages["provider_id"] != holder)), 0.0)
    load = fresh.groupby(holder).sum()
    away = inside & ~unserved & (packages["provider_id"] != holder)
    lost = packages.loc[away, "carer_hours"].groupby(packages.loc[away, "provider_id"]).sum()
    steps = rows[rows["answer"] == "step_in"].drop_duplicates("block_id").set_index("block_id")["suggested_provider_id"]
    help_of = packages["block_id"].map(steps)
    helped = packages["carer_hours"].where(unserved & help_of.notna(), 0.0).groupby(help_of).sum()
    names = evidence.providers.index
    room = sum_capacity(evidence) - load.reindex(names).fillna(0.0) + lost.reindex(names).fillna(0.0)
    room -= helped.reindex(names).fillna(0.0)
    new_home = {*new.values(), *steps.astype(str)} - leaving
    short = room[(room < -HOURS) & room.index.isin(sorted(new_home))]
    if len(short):
        shown = some(f"{name}: {-value:g} carer hours too many" for name, value in short.items())
        yield Broken(written.EXIT_BLOCKS, f"{count(len(short), 'provider')} without the room", shown)


@check("exit-elsewhere")
def exit_elsewhere(evidence: Evidence) -> Iterator[Broken]:
    """Hold that only the company's blocks and spot postcodes change, and that what is drawn anew is in one piece."""
    present = [name for name in (written.EXIT_BLOCKS, written.EXIT_HOURS, written.EXIT_POSTCODES)
               if (evidence.folder / name).is_file()]  # fmt: skip
    if not _company(evidence):
        if present:
            yield Broken(written.RECORD, "names no company that leaves, and there are files of one", some(present))
        return
    if not _leaving(evidence):
        yield Broken(written.RECORD, f"solver.without names no company of the council: {_company(evidence)}")
    rows, own = evidence.written(written.EXIT_POSTCODES), _own(evidence)
    before = rows["postcode"].map(evidence.block_of).fillna("")
    wrong = rows.loc[before != rows["block_id_before"], "postcode"]
    if len(wrong):
        yield Broken(written.EXIT_POSTCODES, f"block_id_before is wrong in {count(len(wrong), 'row')}", some(wrong))
    foreign = rows.loc[~rows["block_id_before"].isin([*own, written.SPOT]), "postcode"]
    if len(foreign):
        yield Broken(written.EXIT_POSTCODES, f"{count(len(foreign), 'postcode')} of other blocks", some(foreign))
    answers = evidence.written(written.EXIT_BLOCKS)
    named = dict(zip(answers["new_block_id"], answers["suggested_provider_id"], strict=True))
    astray = rows.loc[rows["block_id_after"].map(named).fillna("") != rows["suggested_provider_id"], "postcode"]
    if len(astray):
        yield Broken(written.EXIT_POSTCODES, "another provider than exit_blocks.csv", some(astray))
    kept = answers.loc[answers["answer"].isin(["whole", "step_in"]), "block_id"]
    after = _block_after(evidence)
    moved = [
        name
        for name in kept
        if set(after.index[after == name]) != set(evidence.block_of.index[evidence.block_of == name])
    ]
    if moved:
        yield Broken(written.EXIT_POSTCODES, "a block that goes whole has other postcodes", some(moved))
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(after.index)
    graph.add_edges_from(evidence.neighbours[["postcode_a", "postcode_b"]].itertuples(index=False, name=None))
    for name in answers.loc[answers["answer"] == "redrawn", "new_block_id"]:
        members = after.index[after == name]
        if not len(members) or nx.number_connected_components(graph.subgraph(members)) > 1:
            yield Broken(written.EXIT_POSTCODES, f"block {name} is not in one piece by road", (str(name),))
