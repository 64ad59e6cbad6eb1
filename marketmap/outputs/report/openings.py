"""The first screen of each kind of report: the answer, before anything else."""

from __future__ import annotations

from collections.abc import Sequence

from marketmap.outputs.files.notices import describe_basis
from marketmap.outputs.files.record import RunRecord
from marketmap.outputs.gate.disclosure import show_name
from marketmap.outputs.report.chapter import INTERNAL, Audience, Chapter, Figure
from marketmap.outputs.report.chapters.rural_need import tell_area, tell_firmness
from marketmap.outputs.report.page import Report
from marketmap.outputs.report.rural_facts import rank_rural_areas
from marketmap.outputs.report.rural_parts import rank_parts, tell_part
from marketmap.outputs.report.survey import DISTRICT, Survey
from marketmap.outputs.report.telling import say

INSIDE = (
    "For use inside the council: figures of areas with few people stand here in full. Share the public page instead."
)
OUTSIDE = (
    "What may be known of few people is not shown: figures on 1 to 7 people are *, others are rounded to 5, and every "
    "share and interval is made from the rounded figures."
)
WORST = 3


def open_rural(survey: Survey, _chapters: Sequence[Chapter], audience: Audience, record: RunRecord) -> Report:
    """Answer where rural care falls short most: the three areas of greatest need, in sentences."""
    where = survey.settings.county.name or "the county"
    if survey.district is not None:
        where = survey.name(DISTRICT, survey.district)
    if audience == INTERNAL:
        facts = rank_rural_areas(survey)
        ranked = facts.areas[facts.areas["score"].notna()]
        market = survey.settings.market
        days, least = market.long_wait_days, max(market.rank_least, 1)
        answer = [tell_area(row, long_days=days, least=least) for _, row in ranked.head(WORST).iterrows()]
        beside = [tell_firmness(facts)] if len(ranked) else ["No rural area has enough packages to be ranked."]
    else:
        parts = rank_parts(survey)
        days = survey.settings.market.long_wait_days
        answer = [tell_part(row, long_days=days) for row in parts.first(WORST)]
        beside = [] if answer else [say("No rural part of a district has enough people to be told of.")]
    return Report(
        title=f"Rural gaps in home care: {where}",
        over=tell_date(survey, record),
        question="The three rural areas where care falls short most" if len(answer) == WORST else "Rural need",
        answer=answer,
        beside=beside,
        basis=describe_basis(record),
        notes=_notes(audience),
    )


def open_picture(survey: Survey, chapters: Sequence[Chapter], audience: Audience, record: RunRecord) -> Report:
    """Answer what the market looks like: six figures, and what to look at first."""
    views = [(chapter, view) for chapter in chapters if (view := chapter.view(audience)) is not None]
    # A chapter that only says why it is empty answers nothing.
    answer = [view.reading[0] for _, view in views if view.reading and (view.figures or view.listings)]
    # The first of every chapter, then their second ones while there is room.
    figures: list[Figure] = [view.figures[at] for at in (0, 1) for _, view in views if len(view.figures) > at]
    return Report(
        title=f"The home-care market: {survey.settings.county.name or 'the county'}",
        over=tell_date(survey, record),
        question="What to look at",
        answer=answer[:5],
        figures=figures[:6],
        basis=describe_basis(record),
        notes=_notes(audience),
    )


def open_monitor(survey: Survey, chapters: Sequence[Chapter], audience: Audience, record: RunRecord) -> Report:
    """Answer how the blocks already let are doing this week."""
    views = [view for chapter in chapters if (view := chapter.view(audience)) is not None]
    return Report(
        title=f"Blocks already let: {survey.settings.county.name or 'the county'}",
        over=tell_date(survey, record),
        question="This week",
        answer=[sentence for view in views for sentence in view.reading[:4]][:4],
        figures=[figure for view in views for figure in view.figures][:6],
        basis=describe_basis(record),
        notes=_notes(audience),
    )


def tell_date(survey: Survey, record: RunRecord) -> str:
    """Say whose data these are and of which day."""
    county = survey.settings.county.name
    date = f"Data as of {record.snapshot_date:%-d %B %Y}"
    return show_name(f"{county} · {date}" if county else date)


def _notes(audience: Audience) -> tuple[str, ...]:
    return (INSIDE,) if audience == INTERNAL else (OUTSIDE,)
