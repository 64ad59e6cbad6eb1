"""How market figures reach ``public/``: each population is cut once into cells, and all else is made from what shows.

The principle, and why it holds
-------------------------------
1. *One cut.* Every population of `marketmap.outputs.gate.populations` (people with care, who wait, …) is cut once,
   by district and rural-urban class: a fixed level, never chosen by the data. No fact about people stands in two
   populations, so no two published figures differ by a small group.
2. *Each cell by itself.* A count of 1 to 7 people is ``*``, every other one is rounded to 5 (`_cut_whole`). Classes of
   a count show all together or not at all: where each of them, the unnamed rest included, is 0 or at least 8, and
   their whole shows (`_hide_breakdown`). So a ``*`` in a class says only that one of the classes is few, or the whole
   is: 1, 2, … 7 are all still possible, and "9 of 10" cannot be had. Hours and other sums show with the count that
   they rest on. What shows is a function of that cell's own raw figures and of nothing else; prices alone are
   looked at district by district (5).
3. *The rest is post-processing.* `PublicCells` holds the shown numbers alone. Totals, coarser areas, shares, means,
   intervals, risk ratios and map properties are computed from them, ``*`` standing in as 4. Whoever knows the cells
   could compute them too. Hence if a hidden count were any other number from 1 to 7, *every byte published would be
   the same*: the attack test replaces each hidden count by each of the seven and compares; no combination of totals,
   complements, means or intervals can tell them apart.
4. *Month after month* each month's figures keep the same rule, and a month's bytes do not depend on its hidden counts:
   the pair of two months does not either. Starts and ends are not published as counts of their own, for a count of
   last month, plus starts, less ends is this month's. (What no threshold can prevent: who knows from elsewhere that
   exactly one person left a cell that went from 10 to ``*`` knows that seven stayed.)
5. *The prospectus* cuts by block, not by district and class. No block is a sum of cells nor the other way round as long
   as some care in the district stays outside proposed blocks; where a block of few people is hidden, a second one of
   its district is hidden with it (`marketmap.outputs.plans.prospectus`), so that not even a district without other care
   gives it away. It shows a mean price for each district, and that less the parts' prices would be the price of a
   part that is hidden: so the prices of a district's cells show together or not at all (`_cut_prices`), where the
   count behind each of them shows and none that anybody is behind fails `show_price`. One hidden count silences the
   whole district, whichever number it is, so (3) holds for prices as well.

Prices pass where three companies or more are paid them, none with over 75 % of the hours (`show_price`). A provider's
name or spare capacity has no way in: a population has counts, sums and means, and its cells have no provider.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from marketmap.outputs.gate.disclosure import SUPPRESSED, round_count, show_price
from marketmap.outputs.gate.population import LEVEL, Breakdown, Population
from marketmap.outputs.gate.public_cells import PublicCells
from marketmap.settings import DisclosureSettings

# A count of waits or offers may stand beside how many people they are of, in a column with this ending.
PEOPLE = "_people"


class Gate:
    """The way of market figures into ``public/``, for one run.

    Parameters
    ----------
    rules
        The thresholds.
    """

    def __init__(self, rules: DisclosureSettings) -> None:
        self.rules = rules
        self._cut: set[str] = set()

    def cut(
        self,
        frame: pd.DataFrame,
        population: Population,
        *,
        hours_by_company: Mapping[tuple[str, ...], Mapping[str, float]] | None = None,
    ) -> PublicCells:
        """Cut a population into cells and let through what may be shown of each.

        Parameters
        ----------
        frame
            One row a cell: `LEVEL`'s columns, then the population's figures, raw, as
            `marketmap.outputs.gate.populations.tally_cells` makes them. A count ``x`` that is not of people may have
            ``x_people`` beside it: it shows only where neither is few.
        population
            Which figures, and what they rest on.
        hours_by_company
            Cell to company to the hours behind its prices; needed where the population has prices.

        Raises
        ------
        ValueError
            When the population was cut before, a column is missing, a cell stands twice, a count is no whole number,
            or classes exceed their whole: defects of the program.
        """
        if population.name in self._cut:
            raise ValueError(f"{population.name}: cut twice; every figure comes from the one cut")
        _check(frame, population)
        self._cut.add(population.name)
        frame = frame.reset_index(drop=True)
        cells = frame[list(LEVEL)].astype(str)
        cells[population.whole] = _cut_whole(frame, population, self.rules)
        for breakdown in population.breakdowns:
            hidden = cells[breakdown.of].isna() | _hide_breakdown(frame, breakdown, self.rules)
            for name in breakdown.names:
                cells[name] = _round(frame[name], self.rules).mask(hidden)
        for name, rests_on in population.amounts.items():
            cells[name] = _round(frame[name], self.rules).mask(cells[rests_on].isna())
        for name, (rests_on, decimals) in population.means.items():
            enough = cells[rests_on] >= self.rules.least_people
            if name in population.prices:
                cells[name] = _cut_prices(frame, name, cells[rests_on], hours_by_company or {}, population, self.rules)
            else:
                cells[name] = frame[name].astype(float).round(decimals)
            cells[name] = cells[name].where(enough)
        for name, (rests_on, words) in population.bands.items():
            limits, texts = np.array([limit for limit, _ in words]), np.array([text for _, text in words], dtype=object)
            placed = np.searchsorted(limits, frame[name].to_numpy(float), side="right")
            enough = (cells[rests_on] >= self.rules.least_people) & frame[name].notna()
            cells[name] = pd.Series(texts[np.minimum(placed, len(texts) - 1)], dtype=object).where(enough)
        return PublicCells(population, cells, LEVEL, self.rules)


def _cut_whole(frame: pd.DataFrame, population: Population, rules: DisclosureSettings) -> pd.Series:
    return _round(frame[population.whole], rules).mask(_are_few(frame, population.whole, rules))


def _hide_breakdown(frame: pd.DataFrame, breakdown: Breakdown, rules: DisclosureSettings) -> pd.Series:
    """Say in which cells a class is few, the rest that has no name included."""
    rest = frame[breakdown.of].astype(float) - frame[list(breakdown.names)].astype(float).sum(axis=1)
    hidden = _are_few(frame.assign(**{breakdown.rest: rest}), breakdown.rest, rules)
    for name in breakdown.names:
        hidden |= _are_few(frame, name, rules)
    return hidden


def _are_few(frame: pd.DataFrame, name: str, rules: DisclosureSettings) -> pd.Series:
    """Say in which cells a count, or the number of people behind it, is of somebody and of fewer than may show."""
    few = pd.Series(data=False, index=frame.index)
    for column in (name, f"{name}{PEOPLE}"):
        if column in frame.columns:
            count = frame[column].astype(float)
            few |= (count > 0) & (count < rules.least_people)
    return few


def _cut_prices(
    frame: pd.DataFrame,
    name: str,
    counts: pd.Series,
    hours_by_company: Mapping[tuple[str, ...], Mapping[str, float]],
    population: Population,
    rules: DisclosureSettings,
) -> pd.Series:
    """Show the prices of a district's cells all together or not at all; ``counts`` are the shown ones behind them."""
    rests_on, _ = population.means[name]
    keys = [tuple(row) for row in frame[list(LEVEL)].astype(str).to_numpy()]
    people = frame[f"{rests_on}{PEOPLE}" if f"{rests_on}{PEOPLE}" in frame.columns else rests_on].astype(float)
    shown = [
        show_price(price, hours_by_company=hours_by_company.get(key, {}), people=count, rules=rules)
        for key, price, count in zip(keys, frame[name].astype(float), people, strict=True)
    ]
    prices = pd.Series([np.nan if text == SUPPRESSED else float(text) for text in shown], index=frame.index)
    # What the prospectus shows of a district, less the others' prices, would be the price of the one that is silent.
    silent = counts.isna() | ((counts > 0) & prices.isna())
    return prices.mask(silent.groupby(frame[LEVEL[0]].astype(str)).transform("any"))


def _round(values: pd.Series, rules: DisclosureSettings) -> pd.Series:
    return values.astype(float).map(lambda value: float(round_count(value, rules=rules)))


def _check(frame: pd.DataFrame, population: Population) -> None:
    counts = [population.whole, *population.classes]
    wanted = [*LEVEL, *population.figures]
    missing = [name for name in wanted if name not in frame.columns]
    if missing:
        raise ValueError(f"{population.name}: the frame has no column {', '.join(missing)}")
    if frame.duplicated(list(LEVEL)).any():
        raise ValueError(f"{population.name}: a cell stands twice in the frame")
    for name in counts:
        values = frame[name].astype(float)
        if not (values.notna() & (values >= 0) & (values == values.round())).all():
            raise ValueError(f"{population.name}, {name}: a count must be a whole number, 0 or more")
    for name in population.amounts:
        if not (frame[name].astype(float) >= 0).all():
            raise ValueError(f"{population.name}, {name}: an amount must be a number, 0 or more")
    known = {population.whole}
    for breakdown in population.breakdowns:
        if breakdown.of not in known:
            raise ValueError(f"{population.name}: {breakdown.of} is broken down before it is named")
        if (frame[list(breakdown.names)].astype(float).sum(axis=1) > frame[breakdown.of].astype(float)).any():
            raise ValueError(f"{population.name}: the classes of {breakdown.of} exceed it")
        known |= {*breakdown.names}
