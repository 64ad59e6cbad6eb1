"""What a reader of a plan asks of it, worked out from its tables: how good it is, and who must agree to a block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from marketmap.outputs.files.reading import PlanFiles
from marketmap.outputs.files.record import RunRecord
from marketmap.outputs.views.rule_names import tell_finding, tell_relaxed

GAIN_PARTS = {
    "gain_travel": "Shorter travel",
    "gain_waiting": "Care for who waits",
    "gain_rounds": "Getting to and from the rounds",
    "gain_moves": "Hours that change provider",
    "gain_price": "Price above the usual",
    "gain_block": "The contract and its rota",
    "gain_total": "All together",
}
TOLD_FINDINGS = 3
NHS_FUNDING = ("chc", "joint")
AGREE_COLUMNS = ("provider_id", "provider_name", "packages", "people", "hours", "hours_nhs", "hours_fixed")


def sum_headline(plan: PlanFiles) -> dict[str, float]:
    """Sum a plan's figures for a page's head.

    Returns
    -------
    dict
        ``blocks``, ``proposed`` (those not let or held), ``hours`` (contact hours a week in zones), ``placeable`` (all
        that may be placed, a week), ``guaranteed`` and ``moving`` (contact hours a week; moving: of proposed blocks),
        ``waiting`` (hours of who waits, in proposed blocks), ``driving`` (minutes a week in rounds that are saved if
        all of the proposed blocks' packages moved, as estimated) and ``pounds`` (guarantees, a year).
    """
    table = plan.proposals
    proposed = table[table["status"] == "proposed"]
    return {
        "blocks": len(table),
        "proposed": len(proposed),
        "hours": float(table["hours_zone"].sum()),
        "placeable": float(plan.points["contact_hours"].sum()),
        "guaranteed": float(table["hours_guaranteed_start"].sum()),
        "moving": float(proposed["hours_with_others"].sum()),
        "waiting": float(proposed["hours_waiting"].sum()),
        "driving": float(proposed["driving_minutes_saved_week"].sum()),
        "pounds": float(table["annual_value_pounds"].sum()),
    }


def write_figure(value: float, shape: str) -> str:
    """Write a figure in its shape (``"{:,.1f}"``), or that it is not known."""
    return "not known" if pd.isna(value) else shape.format(value)


def write_change(value: float, shape: str) -> str:
    """Write a change with its sign; one that rounds to nothing as 0."""
    if pd.isna(value):
        return "not known"
    nothing = shape.format(abs(value)) == shape.format(0.0)
    return "0" if nothing else shape.replace(":", ":+").format(value)


def tell_gap(record: RunRecord) -> str:
    """Write the proven gap as a headline figure."""
    return "not known" if record.gap is None else f"≤ {100 * record.gap:.1f}%"


def explain_gap(record: RunRecord) -> str:
    """Say in plain words how far the plan may be from the best possible one."""
    if record.gap is None:
        return "How far this plan is from the best possible is not known: no bound was proven for it."
    relaxed = [str(name) for name in record.solver.get("relaxed", [])]
    return (
        f"This plan is at most {100 * record.gap:.1f}% from the best possible under the model: no plan that keeps the "
        f"same rules can cost less than {100 - 100 * record.gap:.1f}% of what this one does, in the model's minutes."
        f"{tell_relaxed(relaxed)}"
    )


def tell_shaping(record: RunRecord) -> str:
    """Say by how many edits a plan was shaped by hand and since when, with a space after it; blank for a run's own."""
    count = int(record.solver.get("edits") or 0)
    if not count:
        return ""
    return f"Shaped by hand: {count:,} edit{'' if count == 1 else 's'} since {record.solver.get('origin', 'a run')}. "


def tell_fixed(plan: PlanFiles) -> str:
    """Say what of a plan's sums is let or held already, with a space after it; blank where nothing is."""
    fixed = plan.proposals[plan.proposals["status"] != "proposed"]
    if fixed.empty:
        return ""
    count, told = len(fixed), len(plan.proposals) - len(fixed)
    return (
        f"{count:,} of the {len(plan.proposals):,} blocks {'is' if count == 1 else 'are'} already let or held, with "
        f"{fixed['hours_zone'].sum():,.0f} contact hours a week in zones and "
        f"{fixed['hours_guaranteed_start'].sum():,.0f} guaranteed; the other {told:,} are proposed. "
    )


def tell_findings(findings: Sequence[str] | None) -> str:
    """Say what the checker found in a plan's files (None: not known); blank where it found nothing."""
    if findings is None:
        return "The independent checker has not told yet what it finds in this plan."
    if not findings:
        return ""
    more = f" And {len(findings) - TOLD_FINDINGS} more." if len(findings) > TOLD_FINDINGS else ""
    told = " · ".join(tell_finding(finding) for finding in findings[:TOLD_FINDINGS])
    return f"The independent checker finds: {told}.{more}"


def split_gain(block: pd.Series) -> pd.DataFrame:
    """List what a block gains over spot purchase, part by part.

    Returns
    -------
    DataFrame
        ``part`` (in words) and ``minutes`` (minutes-equivalent a week, a loss negative), the whole last; parts that the
        plan does not know are left out.
    """
    known = {name: text for name, text in GAIN_PARTS.items() if name in block.index and pd.notna(block[name])}
    return pd.DataFrame({"part": list(known.values()), "minutes": [float(block[name]) for name in known]})


def list_holders(
    packages: pd.DataFrame, *, postcodes: pd.Index, provider_id: str, names: Mapping[str, str] | pd.Series
) -> pd.DataFrame:
    """List who delivers hours in a zone today and so must agree before any of them moves.

    Parameters
    ----------
    packages
        Packages in force: ``postcode, provider_id, status, hours_week, person_id``; ``funding`` and ``do_not_move``
        where they are known.
    postcodes
        The zone's.
    provider_id
        The block's provider, whose own hours move nowhere.
    names
        ``provider_id`` → name.

    Returns
    -------
    DataFrame
        `AGREE_COLUMNS`, a row for each other provider, most hours first: packages, people, contact hours a week;
        ``hours_nhs``: those that the integrated care board pays for in full or in part; ``hours_fixed``: marked
        do_not_move. NaN where the packages do not say.
    """
    there = packages[packages["postcode"].isin(postcodes) & (packages["status"] == "active")]
    others = there[there["provider_id"].notna() & (there["provider_id"] != provider_id)]
    hours = others["hours_week"].astype(float)
    nhs = hours.where(others["funding"].isin(NHS_FUNDING), 0.0) if "funding" in others else hours * float("nan")
    fixed = hours.where(others["do_not_move"].eq(True), 0.0) if "do_not_move" in others else hours * float("nan")
    table = (
        others.assign(hours=hours, hours_nhs=nhs, hours_fixed=fixed)
        .groupby("provider_id", as_index=False)
        .agg(
            packages=("hours", "size"),
            people=("person_id", "nunique"),
            hours=("hours", "sum"),
            hours_nhs=("hours_nhs", lambda part: part.sum(min_count=1)),
            hours_fixed=("hours_fixed", lambda part: part.sum(min_count=1)),
        )
    )
    known = pd.Series(names, dtype="object") if not isinstance(names, pd.Series) else names
    table["provider_name"] = (
        known.reindex(table["provider_id"]).fillna(table["provider_id"].set_axis(table["provider_id"])).to_numpy()
    )
    ordered = table.sort_values(["hours", "provider_id"], ascending=[False, True], ignore_index=True)
    return ordered[list(AGREE_COLUMNS)]


def pick_next(next_providers: pd.DataFrame, block_id: str) -> pd.DataFrame:
    """Pick a block's suggested provider, the next two and its backup, in the order of the table."""
    return next_providers[next_providers["block_id"] == block_id].sort_values("rank", kind="stable", ignore_index=True)


def pick_start(rollout: pd.DataFrame, block_id: str) -> pd.Series | None:
    """Find when a block can start; None for one that is let, held, or of a plan without that table."""
    found = rollout[rollout["block_id"] == block_id]
    return found.iloc[0] if len(found) else None


def list_companies(proposals: pd.DataFrame) -> pd.DataFrame:
    """List the companies that have a block, most hours first.

    Returns
    -------
    DataFrame
        ``company_id`` and ``label``: its providers' names (two at most), its blocks and their contact hours a week.
    """
    known = proposals[proposals["company_id"] != ""]
    table = known.groupby("company_id", as_index=False).agg(
        names=("suggested_provider_name", lambda names: _join_names(sorted(set(names)))),
        blocks=("block_id", "size"),
        hours=("hours_zone", "sum"),
    )
    table = table.sort_values(["hours", "company_id"], ascending=[False, True], ignore_index=True)
    table["label"] = [
        f"{name} ({company}): {blocks:,} block{'' if blocks == 1 else 's'}, {hours:,.0f} hours a week"
        for name, company, blocks, hours in zip(
            table["names"], table["company_id"], table["blocks"], table["hours"], strict=True
        )
    ]
    return table[["company_id", "label"]]


def sum_exit(hours: pd.DataFrame) -> pd.DataFrame:
    """Sum what becomes of a company's hours by the kind of answer.

    Parameters
    ----------
    hours
        ``internal/exit_hours.csv``.

    Returns
    -------
    DataFrame
        ``answer, packages, hours_from_company, hours_waiting`` and ``share`` (of all hours that the company delivers; 0
        where it delivers none), most hours first.
    """
    columns = ["packages", "hours_from_company", "hours_waiting"]
    table = hours.groupby("answer", as_index=False)[columns].sum().astype(dict.fromkeys(columns, float))
    total = float(table["hours_from_company"].sum())
    table["share"] = table["hours_from_company"] / total if total else 0.0
    return table.sort_values(["hours_from_company", "answer"], ascending=[False, True], ignore_index=True)


def _join_names(names: list[str]) -> str:
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return " and ".join(names[:2]) + more if not more else f"{names[0]}, {names[1]}{more}"
