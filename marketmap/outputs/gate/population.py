"""What is counted of a group of people for the public: which classes, sums, means and bands, and what each rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# The one level at which people are counted for the public; a coarser one is a sum of shown cells.
LEVEL = ("district_code", "rural")


@dataclass(frozen=True)
class Breakdown:
    """Classes of a count, shown in a cell all together or not at all.

    Attributes
    ----------
    of
        The count that they are classes of: the population's ``whole``, or a class of another breakdown.
    names
        The classes' columns. What they leave of ``of`` is a class as well, without a name.
    """

    of: str
    names: tuple[str, ...]

    @property
    def rest(self) -> str:
        """What the class without a name is called where the people in it are counted."""
        return f"not_{'_'.join(self.names)}"


@dataclass(frozen=True)
class Population:
    """A group of people about whom figures are published, each fact of them in this one population.

    Attributes
    ----------
    name
        Short, for errors.
    counts
        What one of ``whole`` is, in words: "people who have care today".
    whole
        The column with how many there are.
    breakdowns
        Classes of them; a class must be named before it is broken down itself.
    amounts
        Sums (hours, visits, days) and the count that each rests on.
    means
        Medians, means, scores and prices, the count that each rests on, and their decimals.
    prices
        Those of ``means`` that are prices.
    bands
        Figures that show as a word only (concentration, number of providers): the count that each rests on, and the
        words with the value below which each holds, in order. They have no sums.
    """

    name: str
    counts: str
    whole: str
    breakdowns: tuple[Breakdown, ...] = ()
    amounts: Mapping[str, str] = field(default_factory=dict)
    means: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    prices: tuple[str, ...] = ()
    bands: Mapping[str, tuple[str, tuple[tuple[float, str], ...]]] = field(default_factory=dict)

    @property
    def classes(self) -> dict[str, str]:
        """Class to the count that it is a class of."""
        return {name: breakdown.of for breakdown in self.breakdowns for name in breakdown.names}

    @property
    def figures(self) -> tuple[str, ...]:
        """Every column that is shown."""
        return (self.whole, *self.classes, *self.amounts, *self.means, *self.bands)
