"""Figures that have been through the gate, and everything that may be made of them: sums, shares, rates, risk ratios.

`PublicCells` holds *shown* numbers only (0, a rounded number, or nothing where ``*`` stands); the raw ones are not in
it. What its methods return is therefore a function of what is published anyway and can tell nobody more than that:
differences, means, intervals and maps made from it need no protection of their own. `marketmap.outputs.gate.publish` is
the only maker.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from marketmap.market.intervals import rate_interval, risk_ratio, share_interval
from marketmap.outputs.gate.disclosure import SUPPRESSED, Shown, round_count, show_name
from marketmap.outputs.gate.population import Population
from marketmap.settings import DisclosureSettings

Floats = npt.NDArray[np.float64]

# A total of which more than this stands in for hidden cells says nothing of its own, and is hidden too.
MOST_STOOD_IN = 0.5
# How a finished number is written; a count that is a sum of rounded ones is said to be "about".
COUNT, SHARE, RATIO, RATE, WORD = ",.0f", ".0%", ".2f", ".1f", "s"


@dataclass(frozen=True)
class PublicFigures:
    """Finished figures: numbers for charts and maps, texts for tables and sentences.

    Attributes
    ----------
    numbers
        Key columns as text, then figures; NaN where ``*`` stands.
    formats
        Figure column to how it is written.
    about
        Whether they are sums of rounded figures, with stand-ins for hidden ones: their texts begin with "about".
    """

    numbers: pd.DataFrame
    formats: Mapping[str, str]
    about: bool = False

    def show(self) -> pd.DataFrame:
        """Write them, every cell `Shown`, as `encode_public_table` wants them."""
        made = {}
        for name in self.numbers.columns:
            values = self.numbers[name].tolist()
            write = self._write(self.formats[name]) if name in self.formats else show_name
            made[str(name)] = pd.Series([write(value) for value in values], index=self.numbers.index, dtype=object)
        return pd.DataFrame(made)

    def join(self, other: PublicFigures) -> PublicFigures:
        """Put the figures of another one beside these; rows are matched by the key columns."""
        keys = [str(name) for name in self.numbers.columns if name not in self.formats]
        new = [name for name in other.numbers.columns if name not in self.numbers.columns]
        numbers = self.numbers.merge(other.numbers[[*keys, *new]], on=keys, how="left", validate="one_to_one")
        return PublicFigures(numbers, {**other.formats, **self.formats}, about=self.about or other.about)

    def _write(self, form: str) -> Callable[[float | str], Shown]:
        def write(value: float | str) -> Shown:
            if isinstance(value, str):
                return show_name(value)
            if not np.isfinite(value):
                return Shown(SUPPRESSED)
            about = "about " if self.about and form == COUNT and value > 0 else ""
            return Shown(f"{about}{value:{form}}")

        return write


@dataclass(frozen=True)
class PublicCells:
    """A population's shown figures by cell.

    Attributes
    ----------
    population
        Whose they are.
    cells
        One row a cell: ``keys``, then the population's figures; NaN where ``*`` stands.
    keys
        The columns that name a cell.
    rules
        The thresholds.
    about
        Whether a row is a sum of cells.
    """

    population: Population
    cells: pd.DataFrame
    keys: tuple[str, ...]
    rules: DisclosureSettings
    about: bool = False

    @property
    def middle(self) -> float:
        """What a hidden count of people stands for in a sum: the middle of what it may be."""
        return self.rules.least_people / 2

    def figures(self, *names: str) -> PublicFigures:
        """Give the figures of some columns, all by default."""
        chosen = names or self.population.figures
        return PublicFigures(self.cells[[*self.keys, *chosen]].copy(), self._formats(chosen), about=self.about)

    def show(self) -> pd.DataFrame:
        """Write all figures, every cell `Shown`."""
        return self.figures().show()

    def roll_up(self, *keys: str) -> PublicCells:
        """Sum to coarser areas: those of some of the keys, or the whole county where none is named.

        Sums are of the shown figures. Where ``*`` stands, a count of people stands in as the middle of what it may be,
        a class that is named alone as the same, one of several (and any of a hidden whole) in the proportion of all
        shown cells, an amount in proportion to its count; a mean is that of the shown cells,
        weighted by what it rests on. Rounded, and NaN where more than half
        is stood in for.

        Raises
        ------
        ValueError
            When these are sums already: of sums, stand-ins could not be told from figures.
        """
        if self.about:
            raise ValueError(f"{self.population.name}: sum the cells, not their sums")
        whole = self._stand_in()
        named = self.cells[list(self.keys)].assign(county="county")
        by = list(keys) or ["county"]
        sums = whole.groupby([named[key] for key in by], sort=True).sum()
        real = self.cells[list(whole.columns)].fillna(0.0).groupby([named[key] for key in by], sort=True).sum()
        rows = pd.DataFrame(index=sums.index)
        for name in (self.population.whole, *self.population.classes, *self.population.amounts):
            total = sums[name]
            rounded = total.map(lambda value: float(round_count(value, rules=self.rules)), na_action="ignore")
            rows[name] = rounded.where((total - real[name]) <= MOST_STOOD_IN * total)
        for name, (rests_on, _) in self.population.means.items():
            weight = self.cells[rests_on].where(self.cells[name].notna())
            weighed = (self.cells[name] * weight).groupby([named[key] for key in by], sort=True).sum()
            among = weight.groupby([named[key] for key in by], sort=True).sum()
            known = among >= (1 - MOST_STOOD_IN) * sums[rests_on]
            rows[name] = (weighed / among.where(among > 0)).where(known)
        population = replace(self.population, bands={})
        return replace(self, population=population, cells=rows.reset_index(), keys=tuple(by), about=True)

    def share(self, part: str, whole: str = "") -> PublicFigures:
        """Give a class as a share of what it is a class of.

        Parameters
        ----------
        part
            The class.
        whole
            The count that it is a share of; by default the one that it is a class of.

        Returns
        -------
        PublicFigures
            The keys, ``part`` (n), ``whole`` (the denominator), ``<part>_share, _low, _high``: the 95 % Wilson
            interval, all from shown counts.
        """
        among = self._whole_of(part, whole)
        n, of = self._pair(part, among)
        low, high = _known(share_interval, n, of)
        with np.errstate(divide="ignore", invalid="ignore"):
            numbers = {f"{part}_share": n / of, f"{part}_share_low": low, f"{part}_share_high": high}
        return self._beside((part, among), {name: (value, SHARE) for name, value in numbers.items()})

    def risk_ratio(self, part: str, whole: str = "") -> PublicFigures:
        """Compare each row's share with that of all other rows together: the ratio and its 95 % log interval.

        Returns
        -------
        PublicFigures
            The keys, ``part``, ``whole``, ``<part>_rest`` and ``<whole>_rest`` (the other rows' sums),
            ``<part>_ratio, _low, _high``; NaN where any row's ``part`` or ``whole`` is hidden, for then the rest is.
        """
        among = self._whole_of(part, whole)
        n, of = self._pair(part, among)
        rest, others = n.sum() - n, of.sum() - of
        made = _known(risk_ratio, n, of, rest, others)
        sums = {f"{part}_rest": (rest, COUNT), f"{among}_rest": (others, COUNT)}
        names = (f"{part}_ratio", f"{part}_ratio_low", f"{part}_ratio_high")
        return self._beside(
            (part, among), sums | {name: (value, RATIO) for name, value in zip(names, made, strict=True)}
        )

    def rate(self, count: str, residents: Sequence[float], *, per: float = 1000.0) -> PublicFigures:
        """Give a count for each 1,000 of residents, with its exact 95 % Poisson interval.

        Parameters
        ----------
        count
            The count above the line.
        residents
            (rows,) residents in the order of ``cells``: published by others, so as they are; NaN where unknown.
        per
            For how many residents.

        Returns
        -------
        PublicFigures
            The keys, ``count``, ``residents``, ``<count>_rate, _low, _high``.
        """
        n, people = self.cells[count].to_numpy(float), np.asarray(residents, dtype=float)
        low, high = _known(rate_interval, n, people / per)
        with np.errstate(divide="ignore", invalid="ignore"):
            rate = np.where(people > 0, n / (people / per), np.nan)
        made = {"residents": (people, COUNT), f"{count}_rate": (rate, RATE)}
        made |= {f"{count}_rate_low": (low, RATE), f"{count}_rate_high": (high, RATE)}
        return self._beside((count,), made)

    def mean(self, amount: str, *, decimals: int = 1) -> PublicFigures:
        """Give an amount for each one of the count that it rests on, from the shown figures of both."""
        rests_on = self.population.amounts[amount]
        n, of = self._pair(amount, rests_on)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = np.where(of > 0, n / of, np.nan)
        return self._beside((amount, rests_on), {f"{amount}_mean": (mean, f".{decimals}f")})

    def _beside(self, columns: Sequence[str], made: Mapping[str, tuple[Floats, str]]) -> PublicFigures:
        numbers = self.cells[[*self.keys, *columns]].assign(**{name: value for name, (value, _) in made.items()})
        formats = self._formats(columns) | {name: form for name, (_, form) in made.items()}
        return PublicFigures(numbers, formats, about=self.about)

    def _formats(self, names: Sequence[str]) -> dict[str, str]:
        means, bands = self.population.means, dict.fromkeys(self.population.bands, WORD)
        return {name: f".{means[name][1]}f" if name in means else bands.get(name, COUNT) for name in names}

    def _whole_of(self, part: str, whole: str) -> str:
        return whole or self.population.classes[part]

    def _pair(self, part: str, whole: str) -> tuple[Floats, Floats]:
        """Give both columns, NaN in both where either is."""
        n, of = self.cells[part].to_numpy(float), self.cells[whole].to_numpy(float)
        known = np.isfinite(n) & np.isfinite(of)
        return np.where(known, n, np.nan), np.where(known, of, np.nan)

    def _stand_in(self) -> pd.DataFrame:
        """Fill every hidden count, class and amount with what stands in for it."""
        cells, population = self.cells, self.population
        filled = pd.DataFrame(index=cells.index)
        filled[population.whole] = cells[population.whole].fillna(self.middle)
        for breakdown in population.breakdowns:
            of = breakdown.of
            for name in breakdown.names:
                share = _pool(cells[name], cells[of])
                usual = filled[of] * share
                # one class alone is hidden because it or the rest is few; of several, any of them may be the few one
                few = usual if len(breakdown.names) > 1 else _few(filled[of], self.middle, rest=share > MOST_STOOD_IN)
                filled[name] = cells[name].fillna(few.where(cells[of].notna(), usual))
        for name, of in population.amounts.items():
            filled[name] = cells[name].fillna(filled[of] * _pool(cells[name], cells[of]))
        return filled


def _few(wholes: pd.Series, middle: float, *, rest: bool) -> pd.Series:
    """Give the stand-in of a class that nearly none is in or, with ``rest``, nearly all are."""
    few: pd.Series = wholes.clip(upper=middle)
    return wholes - few if rest else few


def _pool(amounts: pd.Series, counts: pd.Series) -> float:
    """How much comes on one, in all the cells where both are shown; 0 where there is none."""
    both = amounts.notna() & counts.notna()
    total = float(counts[both].sum())
    return float(amounts[both].sum()) / total if total > 0 else 0.0


def _known(measure: Callable[..., tuple[Floats, ...]], *columns: Floats) -> tuple[Floats, ...]:
    """Apply a measure of counts where all of its columns are numbers; NaN elsewhere."""
    known = np.all([np.isfinite(column) for column in columns], axis=0)
    results = measure(*(column[known] for column in columns))
    filled = []
    for result in results:
        whole = np.full(known.shape, np.nan)
        whole[known] = result
        filled.append(whole)
    return tuple(filled)
