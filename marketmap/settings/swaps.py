"""What a swap list, matches for people who wait and the evaluation of a roll-out go by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class SwapSettings:
    """Moves of packages between providers that pay off with no block at all.

    Attributes
    ----------
    tolerance
        A provider's carer hours a week may change by this share of what it delivers, up or down; assumed.
    most_moves
        Most moves in one list: what brokers can talk through; assumed.
    min_saving_minutes
        A move that saves fewer minutes a week than this is not worth asking for; assumed.
    relinearise
        How often, at most, the moves are thought made and every saving is reckoned again from there.
    near_share
        Minutes of travel for each minute from a visit to the mean of its nearest two: fitted on simulated rounds of the
        sample (docs/rounds.md), with no swap list in sight.
    max_seconds
        The exact programme stops after so many seconds a turn with the best list so far, and says so.
    """

    tolerance: float = 0.05
    most_moves: int = 50
    min_saving_minutes: float = 30.0
    relinearise: int = 3
    near_share: float = 0.72
    max_seconds: float = 20.0


@dataclass(frozen=True)
class WaitingSettings:
    """Who could take each person who waits.

    Attributes
    ----------
    listed_providers
        How many providers are listed for each person, after the block's.
    most_minutes_visit
        A provider for whom a visit would add more travel than this does not fit, minutes; assumed.
    nearest_visits
        Between which of a provider's own visits a further one may be put: so many nearest ones of the same band.
    where_weights
        What a day of waiting counts for by where the person waits; assumed.
    other_weight
        What a day of waiting counts for where the place is blank or none of ``where_weights``.
    nearest_providers
        How many nearest providers the look-up list names for each postcode.
    max_seconds
        Each of the exact programmes stops after so many seconds with the best answer so far, and says so.
    """

    listed_providers: int = 5
    most_minutes_visit: float = 20.0
    nearest_visits: int = 4
    where_weights: Mapping[str, float] = field(
        default_factory=lambda: {"home_no_care": 2.0, "hospital": 2.0, "interim_bed": 1.5, "home_bridged": 1.0}
    )
    other_weight: float = 1.0
    nearest_providers: int = 3
    max_seconds: float = 20.0


@dataclass(frozen=True)
class EvaluationSettings:
    """What a roll-out of blocks is judged by, from the time before it and after it.

    Attributes
    ----------
    least_areas
        With fewer areas than this inside blocks, or as many to compare them with, no effect is told; assumed: an
        interval from fewer rests on the shape of the data.
    least_hours
        An area with fewer delivered contact hours a week, on average of the time before and the time after, is left
        out: a single person makes it double or vanish; assumed. By both times, for an area that was chosen by its hours
        in one of them has on average fewer in the other.
    confidence
        How sure an interval is, as a share.
    power
        The smallest effect that would be found so often is told beside each effect, as a share.
    """

    least_areas: int = 10
    least_hours: float = 20.0
    confidence: float = 0.95
    power: float = 0.80
