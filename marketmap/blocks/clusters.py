"""Clusters of demand on road travel time, in which every point has a home."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.cluster import AgglomerativeClustering

from marketmap.errors import PlanError

# Complete linkage holds the whole matrix in memory several times over.
MAX_POINTS = 15_000
UNREACHABLE_MINUTES = 1e6


def cluster_points(minutes: np.ndarray, *, max_minutes: float) -> np.ndarray:
    """Group points so that no two in a group are further apart by road than ``max_minutes``.

    Complete-linkage agglomeration: unlike density clustering it leaves no point out as noise, so a lone
    farmhouse is a cluster of one rather than nobody's.

    Parameters
    ----------
    minutes
        (n, n) road minutes; the longer direction of each pair counts. ``inf`` is never joined.
    max_minutes
        The longest drive between two members.

    Returns
    -------
    ndarray
        (n,) cluster numbers 0, 1, … in the order in which the clusters' first points appear.

    Raises
    ------
    PlanError
        For more points than memory allows.
    """
    count = len(minutes)
    if count > MAX_POINTS:
        raise PlanError(
            f"{count:,} points are too many to cluster at once (at most {MAX_POINTS:,}). Cluster a district at a time."
        )
    if count < 2:
        return np.zeros(count, dtype=np.int64)
    model = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="complete", distance_threshold=max_minutes
    )
    labels = model.fit_predict(_distances(minutes))
    return np.asarray(pd.factorize(labels)[0], dtype=np.int64)


def _distances(minutes: np.ndarray) -> np.ndarray:
    apart = np.maximum(minutes, minutes.T).astype(np.float64)
    apart[~np.isfinite(apart)] = UNREACHABLE_MINUTES
    np.fill_diagonal(apart, 0.0)
    return np.asarray(apart)


def split_points(minutes: np.ndarray, *, groups: int) -> np.ndarray:
    """Split points into a given number of groups that lie together by road (average linkage).

    Parameters
    ----------
    minutes
        (n, n) road minutes; the longer direction of each pair counts.
    groups
        How many; at most n.

    Returns
    -------
    ndarray
        (n,) cluster numbers 0, 1, … in the order in which the groups' first points appear.
    """
    if len(minutes) <= groups:
        return np.arange(len(minutes), dtype=np.int64)
    if groups <= 1:
        return np.zeros(len(minutes), dtype=np.int64)
    model = AgglomerativeClustering(n_clusters=groups, metric="precomputed", linkage="average")
    return np.asarray(pd.factorize(model.fit_predict(_distances(minutes)))[0], dtype=np.int64)


def find_medoids(minutes: np.ndarray, labels: np.ndarray, *, weights: np.ndarray) -> np.ndarray:
    """Find the member of each cluster with the least weighted minutes from all members to it.

    Parameters
    ----------
    minutes
        (n, n) road minutes.
    labels
        (n,) cluster numbers 0 … k-1.
    weights
        (n,) for instance carer-visits a week.

    Returns
    -------
    ndarray
        (k,) positions of the medoids.
    """
    medoids = np.empty(int(labels.max()) + 1 if len(labels) else 0, dtype=np.int64)
    for label in range(len(medoids)):
        members = np.flatnonzero(labels == label)
        # A small floor on weights keeps the choice defined where nobody is visited.
        cost = (weights[members] + 1e-9) @ minutes[np.ix_(members, members)]
        medoids[label] = members[int(np.argmin(cost))]
    return medoids


def describe_clusters(
    points: pd.DataFrame, held: pd.DataFrame, *, minutes: np.ndarray, max_minutes: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cluster points of demand and describe what one provider would pick up there.

    Parameters
    ----------
    points
        Indexed by postcode, in the order of ``minutes``: ``packages``, ``contact_hours``, ``carer_visits``, ``sector``.
    held
        ``provider_id``, ``postcode``, ``contact_hours`` that each provider holds.
    minutes
        (n, n) road minutes between the points.
    max_minutes
        The longest drive between two members.

    Returns
    -------
    members, clusters
        ``postcode, cluster_id``; and a row a cluster: ``centre_postcode``, ``sectors``, ``postcodes``, ``packages``,
        ``contact_hours``, ``carer_visits``, ``minutes_per_visit`` to the centre, ``providers`` and
        ``largest_provider_share`` of the hours held.
    """
    labels = cluster_points(minutes, max_minutes=max_minutes)
    medoids = find_medoids(minutes, labels, weights=points["carer_visits"].to_numpy(float))
    names = np.array([f"C{number + 1:03d}" for number in range(len(medoids))], dtype=object)
    members = pd.DataFrame({"postcode": points.index, "cluster_id": names[labels]})
    visits = points["carer_visits"].to_numpy(float)
    travel = np.asarray(minutes[np.arange(len(points)), medoids[labels]], dtype=float) * visits
    table = points.assign(cluster_id=names[labels], travel=travel).groupby("cluster_id", sort=True)
    clusters = table.agg(
        sectors=("sector", lambda values: ";".join(sorted(set(values)))),
        postcodes=("packages", "size"),
        packages=("packages", "sum"),
        contact_hours=("contact_hours", "sum"),
        carer_visits=("carer_visits", "sum"),
        travel=("travel", "sum"),
    )
    clusters.insert(0, "centre_postcode", points.index.to_numpy()[medoids])
    clusters["minutes_per_visit"] = clusters.pop("travel") / clusters["carer_visits"].where(
        clusters["carer_visits"] > 0
    )
    by_provider = held.merge(members, on="postcode").groupby(["cluster_id", "provider_id"])["contact_hours"].sum()
    clusters["providers"] = by_provider.groupby("cluster_id").size().reindex(clusters.index).fillna(0).astype(int)
    top = by_provider.groupby("cluster_id").max() / by_provider.groupby("cluster_id").sum()
    clusters["largest_provider_share"] = top.reindex(clusters.index)
    return members, clusters.reset_index()
