"""Whole blocks that need a new provider, given out all at once: a small mixed-integer programme solved to the end."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from marketmap.blocks.audit import ROUNDING, Commitments, cost_providers, find_bar
from marketmap.blocks.mip import solve_mip
from marketmap.blocks.model import BlockModel
from marketmap.blocks.plan import Zone
from marketmap.settings import BlockSettings

# An hour above a provider's room costs this many minutes: only ever used where other blocks count on moves into a
# block that nobody can take.
OVERRUN_MINUTES = 1e5
# A hundred blocks take some dozens; a limit on nodes can be repeated, unlike one on seconds.
MOST_NODES = 100_000


def rehome_zones(
    model: BlockModel,
    zones: list[Zone],
    after: Commitments,
    *,
    settings: BlockSettings,
    unserved_only: bool = False,
    max_seconds: float = np.inf,
) -> tuple[np.ndarray, bool]:
    """Give each zone to the provider that costs least, all together within what other blocks leave of the limits.

    ``y[k, p]`` is zone k with provider p; at most one p each. Minimised is the cost of those placed less what leaving
    them out would cost. What a provider takes on less what it gives up in placed zones keeps within its room; block
    hours keep within what it would take; a company's hours in a district keep within its share, or it has a single
    block there.

    Parameters
    ----------
    zones
        Zones to give out.
    after
        What other blocks leave of the limits.
    unserved_only
        Only the hours that nobody delivers count against the limits; the rest stays with today's providers.
    max_seconds
        The best found by then holds; so it does at `MOST_NODES` nodes.

    Returns
    -------
    providers
        (zones,) provider of each, -1 for nobody.
    proven
        Whether nothing better is possible; not where a limit ended the programme.
    """
    pairs = [
        (place, number)
        for place, zone in enumerate(zones)
        for number in range(len(model.providers))
        # One whose blocks count on moves that may not come takes nothing more.
        if after.room[number] >= -ROUNDING and not find_bar(model, zone, number)
    ]
    chosen = np.full(len(zones), -1, dtype=np.int64)
    if not pairs:
        return chosen, True
    zone_of, holder = (np.array(part, dtype=np.int64) for part in zip(*pairs, strict=True))
    cost = np.array([cost_providers(model, zone, settings=settings) for zone in zones])
    if unserved_only:
        cost -= np.array([model.moves[zone.points].sum(axis=0) for zone in zones])
    left = np.array([model.outside[zone.points].sum() for zone in zones])
    programme = _Programme(model, zones, after, zone_of, holder, unserved_only=unserved_only)
    programme.limit_providers()
    programme.limit_companies()
    answer = solve_mip(
        np.concatenate([(cost - left[:, None])[zone_of, holder], programme.more_cost]),
        sparse.csr_array(np.array(programme.rows)),
        np.full(len(programme.rows), -np.inf),
        np.array(programme.tops),
        whole=programme.whole,
        upper=programme.upper,
        max_seconds=max_seconds,
        max_nodes=MOST_NODES,
        heeds_wish=False,
    )
    if answer.values is None:
        return chosen, False
    for pair in np.flatnonzero(answer.values[: len(pairs)] > 0.5):
        chosen[zone_of[pair]] = holder[pair]
    return chosen, answer.status == "optimal"


def add_step_ins(model: BlockModel, after: Commitments, zones: list[Zone]) -> Commitments:
    """Take what providers that step in for unserved hours alone use up off what is left of the limits."""
    room, block_hours = after.room.copy(), after.block_hours.copy()
    shares, counts = after.shares.copy(), after.counts.copy()
    districts = model.limits.district_of
    carer, contact = (model.points[name].to_numpy(float) for name in ("carer_hours_waiting", "hours_waiting"))
    for zone in zones:
        at, company = zone.points, model.limits.company_of[zone.provider]
        room[zone.provider] -= carer[at].sum()
        block_hours[zone.provider] += contact[at].sum()
        np.add.at(shares[company], districts[at], contact[at])
        counts[company, np.unique(districts[at])] += 1
    return Commitments(room, block_hours, shares, counts)


class _Programme:
    """Rows over the pairs, then one overrun a provider, then one switch for each company and district."""

    def __init__(
        self,
        model: BlockModel,
        zones: list[Zone],
        after: Commitments,
        zone_of: np.ndarray,
        holder: np.ndarray,
        *,
        unserved_only: bool,
    ) -> None:
        self.model, self.zones, self.zone_of, self.holder = model, zones, zone_of, holder
        self.after, self.unserved_only = after, unserved_only
        names = ("carer_hours_waiting", "hours_waiting") if unserved_only else ("carer_hours", "contact_hours")
        self.load, self.hours = (model.points[name].to_numpy(float) for name in names)
        companies, districts = model.limits.share_cap.shape
        pairs, providers = len(zone_of), len(model.providers)
        self.overrun = pairs + np.arange(providers)
        self.switch = pairs + providers + np.arange(companies * districts).reshape(companies, districts)
        self.columns = pairs + providers + companies * districts
        self.more_cost = np.concatenate([np.full(providers, OVERRUN_MINUTES), np.zeros(companies * districts)])
        self.whole = np.ones(self.columns, dtype=bool)
        self.whole[self.overrun] = False
        self.upper = np.ones(self.columns)
        self.upper[self.overrun] = np.maximum(-self.after.room, 0.0)
        self.rows: list[np.ndarray] = []
        self.tops: list[float] = []
        for place in range(len(zones)):
            self._add({int(pair): 1.0 for pair in np.flatnonzero(zone_of == place)}, 1.0)

    def _add(self, values: dict[int, float], top: float) -> None:
        row = np.zeros(self.columns)
        for column, value in values.items():
            row[column] += value
        self.rows.append(row)
        self.tops.append(float(top))

    def limit_providers(self) -> None:
        model, zones = self.model, self.zones
        loads = np.array([self.load[zone.points].sum() for zone in zones])
        sizes = np.array([self.hours[zone.points].sum() for zone in zones])
        held = np.array([model.held[zone.points].sum(axis=0) for zone in zones])
        if self.unserved_only:
            held = np.zeros_like(held)
        for number in range(len(model.providers)):
            mine = self.holder == number
            row = np.zeros(self.columns)
            # Placed with anyone, a zone takes from each provider what it delivers there today.
            row[: len(mine)] = np.where(mine, loads[self.zone_of], 0.0) - held[self.zone_of, number]
            row[self.overrun[number]] = -1.0
            self.rows.append(row)
            self.tops.append(float(self.after.room[number]))
            most = model.limits.most_hours[number] - self.after.block_hours[number]
            if np.isfinite(most) and mine.any():
                self._add({int(pair): sizes[self.zone_of[pair]] for pair in np.flatnonzero(mine)}, max(most, 0.0))

    def limit_companies(self) -> None:
        limits, hours = self.model.limits, self.hours
        districts = limits.share_cap.shape[1]
        there = np.array(
            [
                np.bincount(limits.district_of[z.points], weights=hours[z.points], minlength=districts)
                for z in self.zones
            ]
        )
        company = limits.company_of[self.holder]
        for own in np.unique(company):
            for district in range(districts):
                pairs = np.flatnonzero((company == own) & (there[self.zone_of, district] > 0))
                if not len(pairs):
                    continue
                switch = int(self.switch[own, district])
                free = limits.share_cap[own, district] - self.after.shares[own, district]
                total = float(there[:, district].sum())
                # Switched on, the share may be passed, and then there is a single block.
                self._add(
                    {
                        **{int(pair): there[self.zone_of[pair], district] for pair in pairs},
                        switch: -(total + abs(free)),
                    },
                    free,
                )
                blocks = float(self.after.counts[own, district])
                self._add(
                    {**{int(pair): 1.0 for pair in pairs}, switch: float(len(pairs)) + blocks},
                    1.0 - blocks + len(pairs) + blocks,
                )
