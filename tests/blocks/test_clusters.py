"""Clusters: everyone has a home, nobody is too far from another member."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketmap.blocks.clusters import cluster_points, describe_clusters, find_medoids


def random_minutes(seed: int, count: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    places = generator.uniform(0, 60, size=(count, 2))
    minutes = np.hypot(*(places[:, None, :] - places[None, :, :]).transpose(2, 0, 1))
    return minutes * generator.uniform(1.0, 1.2, size=minutes.shape)  # one-ways: not symmetric


@given(seed=st.integers(0, 10_000), count=st.integers(0, 40), reach=st.floats(1.0, 40.0))
def test_no_two_members_are_further_apart_than_the_limit(seed: int, count: int, reach: float) -> None:
    minutes = random_minutes(seed, count)
    np.fill_diagonal(minutes, 0.0)
    labels = cluster_points(minutes, max_minutes=reach)
    assert labels.shape == (count,)
    assert set(labels) == set(range(len(set(labels))))
    for label in set(labels):
        members = np.flatnonzero(labels == label)
        assert minutes[np.ix_(members, members)].max() <= reach


def test_unreachable_points_stand_alone() -> None:
    minutes = np.array([[0.0, 1.0, np.inf], [1.0, 0.0, 5.0], [np.inf, np.inf, 0.0]])
    assert cluster_points(minutes, max_minutes=100.0).tolist() == [0, 0, 1]


def test_the_medoid_has_the_least_weighted_minutes() -> None:
    minutes = np.array([[0.0, 4.0, 4.0], [4.0, 0.0, 8.0], [4.0, 8.0, 0.0]])
    labels = np.zeros(3, dtype=int)
    assert find_medoids(minutes, labels, weights=np.array([1.0, 1.0, 1.0])).tolist() == [0]
    assert find_medoids(minutes, labels, weights=np.array([1.0, 9.0, 1.0])).tolist() == [1]


def test_clusters_are_described_by_what_is_in_them() -> None:
    points = pd.DataFrame(
        {"sector": ["GL1 1", "GL1 2", "GL7 1"], "packages": [2, 1, 1], "contact_hours": [20.0, 10.0, 5.0],
         "carer_visits": [10.0, 10.0, 4.0]},
        index=["GL1 1AA", "GL1 2AA", "GL7 1AA"],
    )  # fmt: skip
    held = pd.DataFrame(
        {"provider_id": ["P1", "P2", "P1"], "postcode": ["GL1 1AA", "GL1 2AA", "GL1 2AA"],
         "contact_hours": [20.0, 4.0, 6.0]}
    )  # fmt: skip
    minutes = np.array([[0.0, 3.0, 50.0], [3.0, 0.0, 50.0], [50.0, 50.0, 0.0]])
    members, clusters = describe_clusters(points, held, minutes=minutes, max_minutes=10.0)
    assert members["cluster_id"].tolist() == ["C001", "C001", "C002"]
    town, village = clusters.to_dict("records")
    assert (town["sectors"], town["packages"], town["contact_hours"]) == ("GL1 1;GL1 2", 3, 30.0)
    assert town["minutes_per_visit"] == pytest.approx(1.5)
    assert (town["providers"], town["largest_provider_share"]) == (2, pytest.approx(26 / 30))
    assert village["providers"] == 0
    assert np.isnan(village["largest_provider_share"])
