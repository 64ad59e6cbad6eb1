"""The other plans of a full run, each laid out as evidence of its own, so that the rules are held on it too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from marketmap.check import written
from marketmap.check.costs import PARTS, sum_objective
from marketmap.check.evidence import Evidence
from marketmap.check.findings import REGISTER, Broken, count, some

# The rules that every plan of the model must keep; what they need is in `VariantEvidence`.
RULES = (
    "contiguous",
    "locks-held",
    "lock-hold",
    "lock-forbid",
    "lock-together",
    "lock-apart",
    "travel-possible",
    "block-size",
    "eligible",
    "capacity",
    "block-hours-wanted",
    "company-share",
    "inside-or-outside",
    "cost-travel",
    "cost-rounds",
    "cost-moves",
    "cost-price",
)
SHARED = ("settings", "snapshot", "directory", "package_lines", "providers", "participation", "neighbours", "let")
COSTED = ("minutes_to_centre", *PARTS)


class VariantEvidence(Evidence):
    """A run's evidence with the proposed blocks of another plan in the place of its own."""

    def __init__(self, base: Evidence, rows: pd.DataFrame) -> None:
        """Lay the rows of one plan (as `read_rows` gives them) over a run; blocks already let stay as they are."""
        super().__init__(base.folder, county=base.county)
        self.record = base.record
        self.base, self.rows = base, rows
        for name in SHARED:
            setattr(self, name, getattr(base, name))
        self.postcodes = self._lay_postcodes()
        self.proposals = self._lay_proposals()
        self.points = self._lay_points()
        self.eligible = base.eligible.iloc[:0]
        # Only the block differs from plan to plan.
        self.packages = base.packages.assign(block_id=base.packages["postcode"].map(self.block_of).fillna(""))

    def source(self, table: str) -> pd.DataFrame | None:
        """Read a council table, once for the run and all its variants."""
        return self.base.source(table)

    def _lay_postcodes(self) -> pd.DataFrame:
        own = self.rows.drop_duplicates("postcode").set_index("postcode")
        table = self.base.postcodes
        let = table["block_id"].isin(self.base.existing)
        block = table["block_id"].where(let, table["postcode"].map(own["block_id"]).fillna(written.SPOT))
        return table.assign(block_id=block)

    def _lay_proposals(self) -> pd.DataFrame:
        names = ["block_id", "suggested_provider_id", "centre_postcode"]
        let = self.base.proposals.loc[self.base.proposals.index.isin(self.base.existing), [*names, "status"]]
        own = self.rows.drop_duplicates("block_id")[names].assign(status=written.PROPOSED)
        return pd.concat([let, own]).set_index("block_id", drop=False)

    def _lay_points(self) -> pd.DataFrame:
        table = self.base.points[~self.base.points.index.duplicated()]
        let = table["block_id"].isin(self.base.existing)
        own = self.rows.drop_duplicates("postcode").set_index("postcode").reindex(table.index)
        parts = {name: table[name].where(let, own[name]) for name in COSTED}
        centre = table["centre_postcode"].where(let, own["centre_postcode"].fillna(""))
        block = table["block_id"].where(let, own["block_id"].fillna(written.SPOT))
        return table.assign(block_id=block, centre_postcode=centre, **parts)


@dataclass(frozen=True)
class Figures:
    """What a plan brings, found again from its rows: as `alternatives.csv` and `frontier.csv` name it, all a week."""

    objective: float
    objective_may_differ: float
    blocks: float
    hours_in_blocks: float
    share_in_blocks: float
    travel_minutes_saved_week: float
    travel_may_differ: float
    carer_hours_moving: float
    hours_moving: float
    hours_waiting_placed: float
    pounds_above_usual_week: float


def read_rows(evidence: Evidence, file: str, plan: str) -> pd.DataFrame:
    """Take the rows of one plan from a file of postcodes."""
    rows = evidence.written(file)
    return rows[rows["plan"] == plan]


def lay_variant(base: Evidence, file: str, plan: str) -> Evidence:
    """Lay a plan of a file of postcodes over a run, once for all checks."""
    if (file, plan) not in base.variants:
        base.variants[file, plan] = VariantEvidence(base, read_rows(base, file, plan))
    return base.variants[file, plan]


def find_faults(base: Evidence, file: str, plan: str) -> Iterator[Broken]:
    """Say what of a plan's rows is not of a piece, and which rules of the model it breaks."""
    rows = read_rows(base, file, plan)
    twice = rows.loc[rows["postcode"].duplicated(), "postcode"]
    if len(twice):
        yield Broken(file, f"{plan}: {count(len(twice), 'postcode')} listed more than once", some(twice))
    listed = rows["postcode"].map(base.block_of)
    strange = rows.loc[listed.isna(), "postcode"]
    if len(strange):
        yield Broken(file, f"{plan}: {count(len(strange), 'postcode')} that the county lacks", some(strange))
    taken = rows.loc[listed.isin(base.existing), "postcode"]
    if len(taken):
        yield Broken(file, f"{plan}: {count(len(taken), 'postcode')} of blocks already let", some(taken))
    for name in ("centre_postcode", "suggested_provider_id"):
        several = rows.groupby("block_id")[name].nunique()
        if (several > 1).any():
            yield Broken(file, f"{plan}: blocks with more than one {name}", some(several.index[several > 1]))
    strangers = sorted(set(rows["suggested_provider_id"]) - set(base.providers.index))
    if strangers:
        yield Broken(file, f"{plan}: {count(len(strangers), 'provider')} unknown", some(strangers))
    empty = rows.loc[~rows["postcode"].isin(base.points.index) & rows[list(COSTED)].notna().any(axis=1), "postcode"]
    if len(empty):
        yield Broken(file, f"{plan}: {count(len(empty), 'postcode')} without demand that cost something", some(empty))
    variant = lay_variant(base, file, plan)
    for entry in (entry for entry in REGISTER if entry.name in RULES):
        for broken in entry.examine(variant):
            if broken.file != written.NEIGHBOURS:  # the run's own finding
                yield Broken(file, f"{plan}, {entry.name}: {broken.what}", broken.examples)


def measure(evidence: Evidence) -> Figures:
    """Measure a plan from its rows, at the weights of the settings."""
    settings = evidence.settings.blocks
    objective, allow = sum_objective(evidence)
    movable = evidence.movable
    inside = movable[(movable["block_id"] != written.SPOT) & ~movable["block_id"].isin(evidence.existing)]
    covered = movable[movable["block_id"] != written.SPOT]
    points = evidence.points
    own = points[(points["block_id"] != written.SPOT) & ~points["block_id"].isin(evidence.existing)]
    visits = evidence.demand["active_visits"].reindex(own.index).fillna(0.0)
    minutes = (
        settings.factor_outside * own["minutes_outside"].fillna(0.0) - settings.factor_inside * own["minutes_to_centre"]
    )
    total, pound = float(movable["hours"].sum()), settings.price_minutes_pound
    return Figures(
        objective=objective,
        objective_may_differ=allow,
        blocks=float(inside["block_id"].nunique()),
        hours_in_blocks=float(inside["hours"].sum()),
        share_in_blocks=float(covered["hours"].sum()) / total if total else float("nan"),
        travel_minutes_saved_week=float((visits * minutes).sum()),
        # Minutes are written to a hundredth.
        travel_may_differ=0.01 + 0.005 * float(visits.sum()) * (settings.factor_inside + settings.factor_outside),
        carer_hours_moving=float(inside.loc[inside["others"], "carer_hours"].sum()),
        hours_moving=float(inside.loc[inside["others"], "hours"].sum()),
        hours_waiting_placed=float(inside.loc[inside["waiting"], "hours"].sum()),
        pounds_above_usual_week=float(own["cost_price"].sum()) / pound if pound else float("nan"),
    )


def compare_figures(file: str, said: pd.Series, found: Figures) -> Iterator[Broken]:
    """Say which figures of one row of a file are not what the plan's own rows give."""
    allow = {"share_in_blocks": 0.0005, "travel_minutes_saved_week": found.travel_may_differ}
    for name in written.FIGURES.split():
        value = float(getattr(found, name))
        if pd.isna(value) and pd.isna(said[name]):
            continue
        if not abs(float(said[name]) - value) <= allow.get(name, 0.005) + 1e-4:
            yield Broken(file, f"{said['plan']}: {name} is {said[name]:g}; its postcodes give {value:g}")


def compare_gap(file: str, said: pd.Series) -> Iterator[Broken]:
    """Say what is wrong with one row's bound and gap by themselves."""
    name, cost, low, gap = said.iloc[0], float(said["objective"]), float(said["lower_bound"]), float(said["gap"])
    if pd.isna(low) or pd.isna(gap):
        yield Broken(file, f"{name}: no bound or no gap: nothing is proven of it")
        return
    if low > cost + 1e-4:
        yield Broken(file, f"{name}: lower_bound ({low:.2f}) is above its objective ({cost:.2f})")
    expected = (cost - low) / abs(cost) if cost else 0.0
    if not abs(gap - expected) <= 0.0005 + 1e-6:
        yield Broken(file, f"{name}: gap is {gap:.3f}; objective and bound give {expected:.3f}")
