"""What the settings of swaps, of matches for people who wait and of an evaluation can be."""

from __future__ import annotations

from collections.abc import Iterator

from marketmap.settings.bounds import SHARE, WEIGHT, Bounds, Told, describe_figure, figures_beyond
from marketmap.settings.swaps import EvaluationSettings, SwapSettings, WaitingSettings

SECONDS = Bounds(0.1, 3_600.0, "seconds", "Give seconds")
FEW = Bounds(1.0, 50.0, "providers or visits", "Give a small whole number")
# The words of waiting_where in the packages table.
WAITING_WHERE = ("home_no_care", "home_bridged", "hospital", "interim_bed")
SWAP_BOUNDS = {
    "tolerance": SHARE,
    "most_moves": Bounds(0.0, 10_000.0, "moves", "Give how many moves"),
    "min_saving_minutes": Bounds(0.0, 10_000.0, "minutes a week", "Give minutes a week"),
    "relinearise": Bounds(1.0, 20.0, "turns", "Give how many turns, e.g. 3"),
    "near_share": Bounds(0.01, 5.0, "minutes a minute", "Give minutes of travel a minute near, e.g. 0.7"),
    "max_seconds": SECONDS,
}
WAITING_BOUNDS = {
    "listed_providers": FEW,
    "most_minutes_visit": Bounds(0.0, 240.0, "minutes", "Give minutes"),
    "nearest_visits": FEW,
    "other_weight": WEIGHT,
    "nearest_providers": FEW,
    "max_seconds": SECONDS,
}
EVALUATION_BOUNDS = {
    "least_areas": Bounds(3.0, 10_000.0, "areas", "Give how many areas, 3 or more"),
    "least_hours": Bounds(0.0, 10_000.0, "hours a week", "Give contact hours a week"),
    "confidence": Bounds(0.5, 0.999, "as a share", "Give a share, e.g. 0.95"),
    "power": Bounds(0.5, 0.999, "as a share", "Give a share, e.g. 0.8"),
}


def swap_faults(swaps: SwapSettings) -> Iterator[Told]:
    """Find every swap setting that cannot be, as `travel_faults` does."""
    yield from figures_beyond(swaps, SWAP_BOUNDS)


def waiting_faults(waiting: WaitingSettings) -> Iterator[Told]:
    """Find every setting of the waiting list that cannot be, as `travel_faults` does."""
    yield from figures_beyond(waiting, WAITING_BOUNDS)
    for place, weight in waiting.where_weights.items():
        name = f"where_weights.{place}"
        if place not in WAITING_WHERE:
            yield name, "nobody waits there: it is no word of waiting_where", f"Use: {', '.join(WAITING_WHERE)}"
        elif wrong := describe_figure(weight, WEIGHT):
            yield name, wrong, WEIGHT.remedy


def evaluation_faults(evaluation: EvaluationSettings) -> Iterator[Told]:
    """Find every setting of the evaluation that cannot be, as `travel_faults` does."""
    yield from figures_beyond(evaluation, EVALUATION_BOUNDS)
