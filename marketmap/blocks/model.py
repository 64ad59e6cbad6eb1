"""The block model's inputs: points of demand, providers and what each pairing costs, in minutes a week.

Turns a council's tables and road minutes into the arrays of a `ZoneProblem`, keeping every part of the
objective apart so that a finished plan can say which part brought what.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from marketmap.blocks.contradictions import Ground, refuse_contradictions
from marketmap.blocks.eligibility import bar_pairs, keep_out, map_forbidden, map_participation, screen_providers
from marketmap.blocks.groups import PointGroups, group_points, group_postcodes, refuse_impossible
from marketmap.blocks.limits import Limits, find_limits
from marketmap.blocks.locks import LockedZone, Locks, read_locked_zones
from marketmap.blocks.neighbourhood import attach_postcodes
from marketmap.blocks.patches import measure_bases
from marketmap.blocks.points import find_usual_excess, measure_outside, sum_points
from marketmap.blocks.zone_problem import ZoneProblem
from marketmap.errors import PlanError
from marketmap.inputs.county import Tables
from marketmap.market.demand import describe_packages, find_usual_price
from marketmap.market.footprints import hours_held
from marketmap.settings import BlockSettings
from marketmap.travel import TravelTimes


@dataclass(frozen=True)
class BlockModel:
    """Everything a plan is made from; arrays run over points (n; also the centres) and providers (P).

    Attributes
    ----------
    points
        Indexed by postcode: ``packages, people, contact_hours, carer_hours, carer_visits, hours_waiting,
        carer_hours_waiting, active_visits, minutes_outside`` (mean of a carer-visit), ``district_code, sector,
        needs``.
    members
        The placeable packages, with ``waiting``, ``carer_hours`` and ``carer_visits``.
    providers
        Those who may have blocks or hold one, indexed by ``provider_id``.
    why_not
        By ``provider_id``, all of them: why it can have no block anywhere, blank where it may.
    minutes
        (n, n) road minutes from point to centre.
    held
        (n, P) carer hours that a provider delivers there today.
    moves, price
        (n, P) minutes for hours that would change provider, and for pounds above the usual price.
    base, rounds
        (P, n) minutes from the provider's nearest round start to a centre; (n,) its weight.
    outside
        (n,) minutes of leaving the point as spot purchase.
    barred, standing
        (n, P) why a provider may not serve a point, blank where it may; ``standing`` but for forbidding locks.
    free, locked
        (n,) which points the optimiser may place; the zones already let.
    point_of
        For every postcode of the county, the point it hangs on (-1: none; `parting.PARTED`: none that a lock allows).
    adjacency
        Free points x free points: whose postcodes touch.
    groups
        Free points that locks put together or apart.
    limits
        What providers and companies may take on.
    notes
        Sentences for the run's first page.
    """

    points: pd.DataFrame
    members: pd.DataFrame
    providers: pd.DataFrame
    why_not: pd.Series
    minutes: np.ndarray
    held: np.ndarray
    moves: np.ndarray
    price: np.ndarray
    base: np.ndarray
    rounds: np.ndarray
    outside: np.ndarray
    barred: np.ndarray
    standing: np.ndarray
    free: np.ndarray
    locked: list[LockedZone]
    point_of: pd.Series
    adjacency: csr_matrix
    groups: PointGroups
    limits: Limits
    notes: tuple[str, ...]


def build_model(tables: Tables, matrix: TravelTimes, settings: BlockSettings, *, locks: Locks) -> BlockModel:
    """Build the block model.

    Raises
    ------
    PlanError
        No placeable demand, no participants, a minimum above all demand, or locks that contradict each other.
    """
    packages = tables.packages
    described = describe_packages(packages, settings=settings)
    members = _find_members(tables, matrix, described, settings)
    points = sum_points(members)
    if points["contact_hours"].sum() < settings.min_hours:
        raise PlanError(
            f"The smallest block ({settings.min_hours:g} contact hours a week) is above all demand that may be "
            f"placed ({points['contact_hours'].sum():.0f} hours). Lower blocks.min_hours."
        )
    locked = read_locked_zones(
        tables.blocks,
        tables.block_areas,
        county_postcodes=tables.county_postcodes,
        providers=tables.providers,
        snapshot_date=tables.snapshot_date,
        locks=locks,
    )
    providers, why_not = _find_providers(tables, settings, locked)
    names = [str(name) for name in providers.index]
    places = matrix.postcodes.get_indexer(points.index)
    held_table = hours_held(members, described.loc[members.index])
    held = _spread(held_table, points.index, names)
    active_hours = (points["carer_hours"] - points["carer_hours_waiting"]).to_numpy(float)
    pounds = find_usual_excess(points, providers, usual=find_usual_price(packages, described))
    base, notes = measure_bases(tables, matrix, names, places)
    mean_outside, travel_outside = measure_outside(members, points, matrix, held_table, settings=settings)
    points["minutes_outside"] = mean_outside
    waiting_hours = points["carer_hours_waiting"].to_numpy(float)
    inside, most_hours = map_participation(
        tables.participation, names, points, areas=tables.areas, snapshot_date=tables.snapshot_date
    )
    wished, let = [zone for zone in locked if zone.held], [zone for zone in locked if not zone.held]
    ground = Ground(points, providers, held, most_hours, let, tables.county_postcodes)
    refuse_contradictions(locks, wished, ground)
    free, point_of, adjacency, groups = _cut_neighbourhood(tables, matrix, points, locked, locks, settings)
    kept_out = map_forbidden(locks, names, tables.county_postcodes, point_of=point_of, points=points.index)
    standing = bar_pairs(points, providers, inside=inside, why_not=why_not, settings=settings)
    standing[np.flatnonzero(free)[groups.barred]] = "together by a lock with a place that no block can have"
    return BlockModel(
        points=points,
        members=members,
        providers=providers,
        why_not=why_not,
        minutes=matrix.minutes[np.ix_(places, places)].astype(np.float64),
        held=held,
        moves=settings.move_minutes_hour * np.maximum(active_hours[:, None] - held, 0.0),
        price=settings.price_minutes_pound * pounds,
        base=base,
        rounds=2.0 * points["carer_hours"].to_numpy(float) / settings.round_hours,
        outside=settings.factor_outside * travel_outside + settings.unserved_minutes_hour * waiting_hours,
        barred=keep_out(standing, kept_out),
        standing=standing,
        free=free,
        locked=locked,
        point_of=point_of,
        adjacency=adjacency,
        groups=groups,
        limits=find_limits(
            points,
            providers,
            locked,
            held=held,
            most_hours=most_hours,
            district_hours=_sum_districts(packages),
            settings=settings,
        ),
        notes=(*notes, *filter(None, [locks.describe()]), *_note_large(points[free], settings)),
    )


def frame_problem(model: BlockModel, *, settings: BlockSettings) -> ZoneProblem:
    """Frame the model as the arrays that the solver takes, over the points that it may place."""
    free, limits = model.free, model.limits
    minutes = model.minutes[np.ix_(free, free)]
    visits = model.points["carer_visits"].to_numpy(float)[free]
    travel = np.where(minutes <= settings.reach_minutes, settings.factor_inside * visits[:, None] * minutes, np.inf)
    return ZoneProblem(
        travel=travel,
        visits=visits,
        hours=model.points["contact_hours"].to_numpy(float)[free],
        outside=model.outside[free],
        max_hours=settings.max_hours,
        min_hours=settings.min_hours,
        block_cost=settings.block_cost_minutes,
        n_blocks=None,
        extra=np.where(model.barred == "", model.moves + model.price, np.inf)[free],
        base=model.base[:, free],
        rounds=model.rounds[free],
        load=model.points["carer_hours"].to_numpy(float)[free],
        held=model.held[free],
        capacity=limits.capacity,
        max_provider_hours=limits.most_hours,
        company_of=limits.company_of,
        district_of=limits.district_of[free],
        # At 1 or more no company can pass it, whatever blocks it has.
        share_cap=limits.share_cap if settings.share_cap < 1 else np.full(limits.share_cap.shape, np.inf),
        blocks_there=limits.blocks_there,
        adjacency=model.adjacency,
        together=model.groups.together,
        apart=model.groups.apart,
    )


def _find_members(
    tables: Tables, matrix: TravelTimes, described: pd.DataFrame, settings: BlockSettings
) -> pd.DataFrame:
    packages = tables.packages
    # A package over the border has no postcode in the county's list and one off the roads no minutes.
    here = packages["postcode"].isin(tables.county_postcodes.index) & packages["postcode"].isin(matrix.postcodes)
    member = described["placeable"].to_numpy(bool) & here.to_numpy(bool)
    if not member.any():
        raise PlanError(
            "No package may be placed in a block: none is active or waiting "
            f"({', '.join(settings.service_types)}), funded by {', '.join(settings.funding)}, with a postcode of the "
            "county on the road network. Check blocks.service_types, blocks.funding and the road file."
        )
    return packages.loc[member].join(described.loc[member, ["waiting", "carer_hours", "carer_visits"]])


def _find_providers(
    tables: Tables, settings: BlockSettings, locked: list[LockedZone]
) -> tuple[pd.DataFrame, pd.Series]:
    why_not = screen_providers(
        tables.providers, tables.participation, settings=settings, snapshot_date=tables.snapshot_date
    )
    if not (why_not == "").any():
        counts = ", ".join(f"{count} {why}" for why, count in why_not.value_counts().items())
        raise PlanError(
            f"No participants: no provider can have a block ({counts}). Check the participation table, or "
            "on_framework and placements_suspended in the providers table."
        )
    # The holder of a block already let is costed like any other, even if it would take no new one.
    holders = {zone.provider_id for zone in locked}
    ids = tables.providers["provider_id"]
    chosen = ids.map(why_not).eq("") | ids.isin(holders)
    return tables.providers[chosen].set_index("provider_id").sort_index(), why_not


def _cut_neighbourhood(
    tables: Tables,
    matrix: TravelTimes,
    points: pd.DataFrame,
    locked: list[LockedZone],
    locks: Locks,
    settings: BlockSettings,
) -> tuple[np.ndarray, pd.Series, csr_matrix, PointGroups]:
    let = pd.Index([code for zone in locked for code in zone.postcodes], dtype="object")
    free = ~points.index.isin(let)
    places = group_postcodes(locks, tables.county_postcodes)
    point_of, adjacency = attach_postcodes(
        matrix.neighbours,
        postcodes=tables.county_postcodes.index,
        points=points.index[free],
        barred=let,
        together=places.together,
        apart=places.apart,
    )
    nearest = point_of.to_numpy()
    groups = group_points(places, nearest, points=int(free.sum()))
    refuse_impossible(
        places,
        groups,
        points=points[free],
        nearest=nearest,
        adjacency=adjacency,
        max_hours=settings.max_hours,
        shares_limited=settings.share_cap < 1,
    )
    # Positions among the free points become positions among all points; what hangs on none stays as it is.
    numbers = np.append(np.flatnonzero(free), -1)
    hung = np.where(nearest >= 0, numbers[np.maximum(nearest, -1)], nearest)
    return free, pd.Series(hung, index=point_of.index, name="point"), adjacency, groups


def _sum_districts(packages: pd.DataFrame) -> pd.Series:
    current = packages[packages["status"].isin(["active", "waiting"]) & packages["placed"]]
    return current["hours_week"].astype(float).groupby(current["district_code"].astype(str)).sum()


def _spread(held: pd.DataFrame, postcodes: pd.Index, providers: list[str]) -> np.ndarray:
    spread = np.zeros((len(postcodes), len(providers)))
    rows = postcodes.get_indexer(pd.Index(held["postcode"]))
    columns = pd.Index(providers).get_indexer(pd.Index(held["provider_id"]))
    known = (rows >= 0) & (columns >= 0)
    np.add.at(spread, (rows[known], columns[known]), held["carer_hours"].to_numpy(float)[known])
    return spread


def _note_large(points: pd.DataFrame, settings: BlockSettings) -> list[str]:
    large = points[points["contact_hours"] > settings.max_hours]
    if large.empty:
        return []
    where = ", ".join(sorted(set(large["sector"])))
    text = (
        f"{len(large)} postcode(s) hold more than the largest block ({settings.max_hours:g} hours) alone and stay spot"
    )
    return [f"{text} purchase (sectors {where}). Raise blocks.max_hours or treat them as a scheme."]
