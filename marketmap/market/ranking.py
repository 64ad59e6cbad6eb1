"""Areas in order of need: a rule that can be said in a sentence, and how much the order hangs on its weights."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

# What is done to each weight in turn, to see who stays among the first.
CHANGES = {"halved": 0.5, "doubled": 2.0, "left out": 0.0}
FIRST = 5


def rank_needs(parts: pd.DataFrame, *, weights: Mapping[str, float]) -> pd.DataFrame:
    """Rank areas by need.

    Each part is turned into ranks among the areas that have it (1 the greatest need, ties the mean of their ranks), and
    each rank into points from 1 (greatest need) down to 0; an area's score is the weighted mean of its points.
    A part that an area lacks is left out of its mean.

    Parameters
    ----------
    parts
        Index ``area_code``; a column a part, higher meaning more need, NaN where it is not known.
    weights
        Part to weight, 0 or more; a part without a weight does not count.

    Returns
    -------
    DataFrame
        Indexed like ``parts``, greatest need first: ``rank`` (1, 2, …; equals by code), ``score`` (0 to 1), ``parts``
        (how many it rests on), ``rank_<part>`` and ``ranked_<part>`` (rank, and among how many areas; NaN where
        lacking). Areas without any part come last, with NaN for a score.
    """
    used = {str(name): float(weights.get(str(name), 0.0)) for name in parts.columns}
    ranks = parts.rank(ascending=False, method="average")
    among = parts.notna().sum()
    points = 1 - (ranks - 1) / (among - 1).where(among > 1)
    points = points.where(points.notna() | ranks.isna(), 0.5)  # alone in a part: neither first nor last
    weight = parts.notna() * pd.Series(used)
    total = weight.sum(axis="columns")
    score = (points.fillna(0.0) * weight).sum(axis="columns") / total.where(total > 0)
    table = pd.DataFrame({"score": score, "parts": (weight > 0).sum(axis="columns")})
    for name in parts.columns:
        table[f"rank_{name}"] = ranks[name]
        table[f"ranked_{name}"] = float(among[name])
    order = table.assign(code=table.index.astype(str)).sort_values(
        ["score", "code"], ascending=[False, True], na_position="last"
    )
    table = table.loc[order.index]
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    return table


def try_weights(parts: pd.DataFrame, *, weights: Mapping[str, float], first: int = FIRST) -> pd.DataFrame:
    """Say how often each of the first areas stays among them when one weight is halved, doubled or left out.

    Returns
    -------
    DataFrame
        One row an area among the first at the stated weights, in their order: ``area_code``, ``rank``, ``stays`` (in
        how many of the changed rankings it is still among the first), ``changes`` (how many there were), ``rank_best``
        and ``rank_worst`` over them.
    """
    ranking = rank_needs(parts, weights=weights)
    chosen = ranking.index[ranking["score"].notna()][:first]
    ranks = []
    for name in (name for name in parts.columns if weights.get(name, 0.0) > 0):
        for factor in CHANGES.values():
            changed = dict(weights) | {name: weights[name] * factor}
            if sum(changed.get(part, 0.0) for part in parts.columns) > 0:
                ranks.append(rank_needs(parts, weights=changed)["rank"].reindex(chosen))
    table = pd.DataFrame({"area_code": chosen.astype(str), "rank": np.arange(1, len(chosen) + 1)})
    tried = pd.DataFrame(ranks).to_numpy(float).reshape(len(ranks), len(chosen))
    table["stays"] = (tried <= first).sum(axis=0)
    table["changes"] = len(ranks)
    table["rank_best"] = tried.min(axis=0) if ranks else table["rank"].astype(float)
    table["rank_worst"] = tried.max(axis=0) if ranks else table["rank"].astype(float)
    return table


def say_rule(names: Mapping[str, str], *, weights: Mapping[str, float]) -> str:
    """Say the ranking's rule in a sentence.

    Parameters
    ----------
    names
        Part to what it is, in words, of the parts that could be measured.
    """
    told = [f"{text} (weight {weights[name]:g})" for name, text in names.items() if weights.get(name, 0.0) > 0]
    return (
        "Areas are ranked on each of: " + "; ".join(told) + ". Each rank gives points from 1 (greatest need) to 0 "
        "(least); the order is that of their weighted mean, and what is not known of an area is left out of its mean."
    )
