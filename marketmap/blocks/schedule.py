"""How the heat of the search falls, and when it begins again.

A long run on a small problem is worth more as several shorter ones: each ends in a plan that small changes no longer
improve, and which plan that is depends on chance. The last ones begin from the best plan so far.
"""

from __future__ import annotations

from dataclasses import dataclass

from marketmap.blocks.stop import Clock

# Iterations that a round takes at least, and the most rounds.
ROUND, MOST_ROUNDS = 2500, 8
# After this share of the rounds they begin from the best plan.
FRESH_SHARE = 0.7


@dataclass
class Schedule:
    """What part of the run, and of its present round, is over.

    Attributes
    ----------
    clock
        Of the run, which says when the limits bite; the schedule begins when it is made.
    single
        Whether there is to be one round only.
    rounds
        How many rounds there are: known once the first iterations have shown how fast they are.
    """

    clock: Clock
    single: bool
    rounds: int = 0

    def __post_init__(self) -> None:
        self._begun = self.clock.used()

    def share(self, iteration: int) -> float:
        """Part of the whole run that is over, 0 to 1."""
        horizon, limit = self.clock.stop.iterations, self.clock.stop.max_seconds
        if horizon is not None:
            return min(1.0, iteration / max(1, horizon))
        return min(1.0, (self.clock.used() - self._begun) / max((limit or 0.0) - self._begun, 1e-9))

    def plan_rounds(self, iteration: int) -> None:
        """Settle on a number of rounds, from the iterations done so far."""
        over = self.share(iteration)
        if self.rounds or over <= 0.0:
            return
        expected = iteration / over
        self.rounds = 1 if self.single else int(min(max(1.0, expected / ROUND), MOST_ROUNDS))

    def round_of(self, share: float) -> int:
        """Tell the round at a part of the run, from 0."""
        return min(int(share * self.rounds), self.rounds - 1) if self.rounds else 0

    def within(self, share: float, number: int) -> float:
        """Part of a round that is over at a part of the run, 0 to 1."""
        return min(1.0, max(0.0, share * max(1, self.rounds) - number))

    def is_fresh(self, number: int) -> bool:
        """Whether a round begins from nothing, not from the best plan."""
        return number < FRESH_SHARE * self.rounds
