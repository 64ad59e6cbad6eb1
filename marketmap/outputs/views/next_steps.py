"""What to look at next, told from the data: a few sentences, each with the page that goes on from there."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from marketmap.outputs.report.telling import join_names, tell_evidence, tell_number
from marketmap.outputs.schema.flow import BLOCK_MONITOR
from marketmap.outputs.views.market_view import MarketView

MINUTES_HOUR = 60.0
# What a table is needed for, in a reader's words.
NEEDED_FOR = {
    "visits": "where carers really work and how far they drive",
    "offers": "which offers are refused",
    "handbacks": "what is handed back",
    "calls": "at which times of day care is wanted",
    "rates": "prices against the rate card",
    "reablement": "reablement",
    "growth": "how demand will grow",
}


@dataclass(frozen=True)
class Step:
    """A sentence, from data, and the path of the page that goes on from it."""

    text: str
    page: str


def find_steps(
    view: MarketView,
    *,
    gaps: pd.DataFrame | None = None,
    rollout: pd.DataFrame | None = None,
    monitor: pd.DataFrame | None = None,
    names: pd.Series | None = None,
) -> tuple[Step, ...]:
    """Find what deserves a look, the most pressing first.

    Parameters
    ----------
    view
        The county.
    gaps, rollout, monitor
        The tables ``rural_areas``, ``rollout`` and ``block_monitor``; None where they have not been made.
    names
        Provider's name by ``provider_id``.
    """
    found = [
        _worst_gap(gaps),
        _leaking_block(monitor),
        _best_block(rollout),
        _hardest_exit(view, names),
        _old_figures(view),
        _unmeasured(view),
    ]
    return tuple(step for step in found if step is not None)


def _worst_gap(gaps: pd.DataFrame | None) -> Step | None:
    if gaps is None or not gaps["rank"].notna().any():
        return None
    row = gaps.sort_values("rank", kind="stable").iloc[0]
    place = f"{row['area_name']} ({row['district_name']})"
    return Step(f"The greatest rural need is in {place}: {row['reading']}", "rural_gaps")


def _leaking_block(monitor: pd.DataFrame | None) -> Step | None:
    """Find the block already let that most new packages in its ground went past."""
    if monitor is None or monitor.empty:
        return None
    last = monitor.sort_values("week", kind="stable").drop_duplicates("block_id", keep="last")
    leaks = last[last["leaked_since_start"].fillna(0) > 0]
    if leaks.empty:
        return None
    worst = leaks.sort_values(["leaked_share", "block_id"], ascending=[False, True], kind="stable").iloc[0]
    row = {str(name): value for name, value in worst.items()}
    evidence = tell_evidence(row, BLOCK_MONITOR.column("leaked_share"), BLOCK_MONITOR)
    others = len(leaks) - 1
    leak = "leaks" if others == 1 else "leak"
    more = f" {others:,} more of the {len(last):,} blocks let {leak} too." if others else ""
    return Step(
        f"In block {row['block_id']} {evidence[0]} packages that began since it was let went to other providers "
        f"({tell_number(row['leaked_share'], 'share')}; 95% interval {evidence[-1]}).{more}",
        "block_monitor",
    )


def _best_block(rollout: pd.DataFrame | None) -> Step | None:
    """Find the block that gains most and can start today."""
    if rollout is None or rollout.empty:
        return None
    ready = rollout[rollout["possible_now"].astype(bool)]
    if ready.empty:
        return Step(
            "No proposed block has a provider with the room to begin today: look at who must come first.", "block_plan"
        )
    row = ready.sort_values(["gain_minutes_week", "block_id"], ascending=[False, True], kind="stable").iloc[0]
    return Step(
        f"Of {len(ready):,} proposed blocks whose provider has the room today, {row['block_id']} gains most: "
        f"{row['gain_minutes_week'] / MINUTES_HOUR:,.0f} model hours a week over spot purchase (travel, waiting, "
        f"moves and price weighed together), with {row['suggested_provider_name']}; "
        f"{row['hours_with_others']:,.1f} contact hours would change provider.",
        "block_plan",
    )


def _hardest_exit(view: MarketView, names: pd.Series | None) -> Step | None:
    """Find the provider that delivers most hours, and where it delivers more than half of them."""
    active = view.packages[(view.packages["status"] == "active") & view.packages["provider_id"].notna()]
    if active.empty:
        return None
    hours = active["hours_week"].astype(float)
    by_provider = hours.groupby(active["provider_id"]).sum()
    provider = str(by_provider.sort_index().idxmax())
    sector = active["sector"]
    mine = hours.where(active["provider_id"] == provider, 0.0).groupby(sector).sum()
    half = int((mine > hours.groupby(sector).sum() / 2).sum())
    name = provider if names is None else str(names.get(provider, provider))
    leans = f", and more than half of all hours in {half:,} postcode sectors" if half else ""
    return Step(
        f"Should {name} leave, most would have to be placed anew: it delivers {by_provider[provider]:,.0f} of "
        f"{by_provider.sum():,.0f} contact hours a week{leans}.",
        "block_plan",
    )


def _old_figures(view: MarketView) -> Step | None:
    """Say how old the spare hours are that providers state; no age counts as too old by itself."""
    stated = view.capacity[view.capacity["hours_spare_week"].notna()]
    days = (pd.Timestamp(view.snapshot) - pd.to_datetime(stated["capacity_as_of"])).dt.days.dropna()
    undated = len(stated) - len(days)
    if days.empty and not undated:
        return Step("No provider has stated spare hours: nothing can be said of who could take more on.", "data")
    blank = f" {undated:,} more gave no day." if undated else ""
    working = view.packages.loc[view.packages["status"] == "active", "provider_id"]
    idle = int((~stated.loc[days.index, "provider_id"].isin(working)).sum())
    told = (
        f"Half of the {len(days):,} providers and branches that stated spare hours ({idle:,} of them deliver nothing "
        f"today) did so {days.median():.0f} days before the data or earlier, the oldest {days.max():.0f} days."
        if len(days)
        else "No provider said when its spare hours held."
    )
    return Step(f"{told}{blank} Ask again before relying on them.", "find_provider")


def _unmeasured(view: MarketView) -> Step | None:
    lacking = [NEEDED_FOR[name] for name in view.absent if name in NEEDED_FOR]
    if not lacking:
        return None
    return Step(f"Not measured, for want of a table: {join_names(lacking)}.", "data")
