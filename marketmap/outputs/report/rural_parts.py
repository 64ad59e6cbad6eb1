"""Each district's rural and urban part as everybody may see it, the rural ones in the order of their shown need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from marketmap.market.ranking import rank_needs
from marketmap.outputs.gate.disclosure import SUPPRESSED, Shown
from marketmap.outputs.gate.public_cells import PublicCells
from marketmap.outputs.report.chapter import Drawing, Listing
from marketmap.outputs.report.charts import draw_bars
from marketmap.outputs.report.choropleth import draw_areas
from marketmap.outputs.report.public_columns import CLASSES, PARTS
from marketmap.outputs.report.public_views import list_parts
from marketmap.outputs.report.survey import DISTRICT, Survey
from marketmap.outputs.report.telling import read_shown, say

RURAL = "rural"
# All three from shown figures; each counts alike.
RANKED_BY = {"hours_waiting": 1.0, "long_waits_share": 1.0, "refused_share": 1.0}
HEADINGS = {
    "area": "Part of the county",
    "packages": "Packages",
    "waiting": "Waiting",
    "hours_waiting": "Contact hours waiting",
    "long_waits_share": "Long waits",
    "refused_share": "Refusals",
}


@dataclass(frozen=True)
class PublicParts:
    """Shown figures of the parts.

    Attributes
    ----------
    cells
        Columns of ``public_columns.PARTS``: rural parts first, in the order of need, then the others.
    classes
        Columns of ``public_columns.CLASSES``.
    """

    cells: pd.DataFrame
    classes: pd.DataFrame

    def first(self, count: int) -> list[dict[Any, Any]]:
        """Give the rural parts of greatest need that any figure shows of."""
        rural = self.cells[self.cells[RURAL] == RURAL]
        told = rural[(rural["waits"] != SUPPRESSED) | (rural["hours_waiting"] != SUPPRESSED)]
        return told.head(count).to_dict("records")

    def listings(self) -> tuple[Listing, ...]:
        """Give both tables."""
        return (
            list_parts(PARTS, self.cells, "Each district's rural and urban part", HEADINGS),
            Listing(CLASSES, self.classes, "Rural and urban parts of the whole county", HEADINGS),
        )

    def drawings(self, survey: Survey) -> tuple[Drawing, ...]:
        """Draw long waits by part, as a map and as bars."""
        values = self.cells["long_waits_share"].set_axis(self.cells["district_code"] + "/" + self.cells[RURAL])
        bars = self.cells[self.cells["long_waits_share"] != SUPPRESSED]
        return (
            draw_areas(
                survey.cell_outlines,
                values=values,
                title="Long waits as a share of waits",
                share=True,
                alt_text=say("Map of each district's rural and urban part by its share of long waits."),
                caption=say("From rounded figures; hatched parts rest on few people. Outlines are approximate."),
                districts=survey.outlines_of(DISTRICT),
            ),
            draw_bars(
                bars,
                label="area",
                value="long_waits_share",
                low="long_waits_share_low",
                high="long_waits_share_high",
                unit="long waits as a share of waits",
                share=True,
                alt_text=say("Long waits as a share of waits by part of the county, with 95% intervals."),
                caption=say("Lines are 95% intervals, from rounded figures."),
            ),
        )


@lru_cache(maxsize=1)
def rank_parts(survey: Survey) -> PublicParts:
    """Put the shown figures of each part together, and the rural parts in the order of need."""
    public = survey.public
    cells = public.name_cells(_join(survey, by=()))
    if survey.district is not None:
        cells = cells[cells["district_code"] == survey.district]
    numbers = pd.DataFrame({name: read_shown(cells[name]) for name in RANKED_BY}, index=cells.index)
    numbers.loc[cells[RURAL] != RURAL] = np.nan
    ranked = rank_needs(numbers, weights=RANKED_BY)
    classes = public.name_classes(_join(survey, by=(RURAL,)))
    return PublicParts(cells.loc[ranked.index].reset_index(drop=True), classes.reset_index(drop=True))


def tell_part(row: Mapping[Any, Any], *, long_days: int) -> Shown:
    """Tell a part's need in a sentence, from shown figures."""
    pieces = {
        name: row[name] for name in ("area", "waiting", "hours_waiting", "waits", "long_waits", "offers", "refused")
    }
    pieces |= {f"{name}{end}": row[f"{name}{end}"] for name in ("long_waits_share",) for end in ("", "_low", "_high")}
    pieces["refused_share"] = row["refused_share"]
    forms = []
    if row["hours_waiting"] not in (SUPPRESSED, "0"):
        forms.append("{hours_waiting} contact hours a week wait for a provider ({waiting} packages)")
    if row["long_waits_share"] != SUPPRESSED:
        forms.append(
            f"{{long_waits}} of {{waits}} waits were longer than {long_days} days ({{long_waits_share}}; 95% interval "
            "{long_waits_share_low} to {long_waits_share_high})"
        )
    if row["refused_share"] != SUPPRESSED:
        forms.append("{refused} of {offers} offers were refused ({refused_share})")
    used = {name: piece for name, piece in pieces.items() if f"{{{name}}}" in "; ".join(["{area}", *forms])}
    return say("{area}: " + ("; ".join(forms) or "few people, so no figure is shown") + ".", **used)


def _join(survey: Survey, *, by: tuple[str, ...]) -> pd.DataFrame:
    """Put the populations' shown figures side by side; columns of absent tables are ``*``."""
    public = survey.public

    def at(cells: PublicCells) -> PublicCells:
        return cells.roll_up(*by) if by else cells

    care = at(public.care).figures("packages", "contact_hours").show()
    frames = [
        at(public.waiting).figures("waiting", "hours_waiting").show(),
        at(public.waits).share("long_waits").show(),
    ]
    if public.offers is not None:
        frames.append(at(public.offers).share("refused").show())
    keys = list(by) or [DISTRICT, RURAL]
    joined = care
    for frame in frames:
        joined = joined.merge(frame, on=keys, how="outer")
    wanted = [name for name in PARTS.names if name not in ("area", *keys)]
    for name in wanted:
        values = joined[name] if name in joined else pd.Series(np.nan, index=joined.index, dtype=object)
        shown = [value if isinstance(value, Shown) else Shown(SUPPRESSED) for value in values]
        joined[name] = pd.Series(shown, index=joined.index, dtype=object)
    known = ~joined[RURAL].isin(["unknown"]).to_numpy()
    return joined.loc[known, [*keys, *[name for name in wanted if name not in keys]]].reset_index(drop=True)
