"""The kinds of report: which chapters each has, in which order, and what its first screen says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from marketmap.outputs.files.record import RunRecord
from marketmap.outputs.report.chapter import Audience, Chapter
from marketmap.outputs.report.chapters.access import describe_gaps, describe_providers
from marketmap.outputs.report.chapters.demand import describe_demand
from marketmap.outputs.report.chapters.effects import describe_effects
from marketmap.outputs.report.chapters.future import describe_assets, describe_reablement, describe_scenarios
from marketmap.outputs.report.chapters.money import describe_cost, describe_growth, describe_price
from marketmap.outputs.report.chapters.monitor import describe_blocks
from marketmap.outputs.report.chapters.refusals import describe_refusals
from marketmap.outputs.report.chapters.rural_need import describe_need
from marketmap.outputs.report.chapters.waits import describe_waits
from marketmap.outputs.report.openings import open_monitor, open_picture, open_rural
from marketmap.outputs.report.page import Report
from marketmap.outputs.report.survey import Survey

Builder = Callable[[Survey], Chapter]
Opening = Callable[[Survey, Sequence[Chapter], Audience, RunRecord], Report]


@dataclass(frozen=True)
class Kind:
    """A kind of report.

    Attributes
    ----------
    name
        Of the verb, the Make target and the page.
    chapters
        What makes each chapter, in the page's order.
    open_report
        Writes the first screen from the survey, the chapters, the audience and the record.
    """

    name: str
    chapters: tuple[Builder, ...]
    open_report: Opening


KINDS = {
    "rural": Kind(
        "rural",
        (describe_need, describe_waits, describe_gaps, describe_refusals, describe_price, describe_effects),
        open_rural,
    ),
    "report": Kind(
        "report",
        (
            describe_demand,
            describe_waits,
            describe_gaps,
            describe_providers,
            describe_refusals,
            describe_price,
            describe_cost,
            describe_growth,
            describe_reablement,
            describe_assets,
            describe_scenarios,
        ),
        open_picture,
    ),
    "monitor": Kind("monitor", (describe_blocks,), open_monitor),
}
