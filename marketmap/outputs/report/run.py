"""A report run: a council's folder in, one output folder out, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from marketmap.outputs.files.folder import OutputFolder, refuse_own_source
from marketmap.outputs.files.notices import Notices, notices_of
from marketmap.outputs.files.origin import read_given
from marketmap.outputs.files.record import RunRecord
from marketmap.outputs.gate.disclosure import encode_public_page, encode_public_table
from marketmap.outputs.plans.writing import write_left_out
from marketmap.outputs.report.chapter import INTERNAL, PUBLIC, Audience, Chapter, Listing
from marketmap.outputs.report.chapters.travel import describe_travel
from marketmap.outputs.report.geopackage import encode_layers
from marketmap.outputs.report.kinds import KINDS, Kind
from marketmap.outputs.report.page import Report, write_page
from marketmap.outputs.report.survey import Survey, survey_county
from marketmap.outputs.runs.batch import Stage, make_record, prepare, say_nothing

KindName = Literal["rural", "report", "monitor"]
GEOPACKAGE = "areas.gpkg"


@dataclass(frozen=True)
class _Draft:
    """A report before it is written."""

    kind: Kind
    chapters: tuple[Chapter, ...]
    survey: Survey


def run_report(
    kind: KindName,
    county_folder: Path,
    out: Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    district: str | None = None,
    plan_folder: Path | None = None,
    rounds_folder: Path | None = None,
    command: Sequence[str] = (),
    on_stage: Stage = say_nothing,
) -> RunRecord:
    """Make a report and write it, whole or not at all.

    Parameters
    ----------
    kind
        ``"rural"`` (rural gaps), ``"report"`` (the whole market picture) or ``"monitor"`` (existing blocks, weekly).
    county_folder, overrides, on_stage
        As for `marketmap.outputs.runs.batch.prepare`.
    out
        The output folder: ``internal/`` and ``public/`` each get the page, the tables and a GeoPackage.
    district
        Code or name of the district that a rural report keeps to.
    plan_folder
        Output folder of a plan of blocks of this county; not where ``out`` is.
    rounds_folder
        Output folder of simulated rounds, likewise: only then is there a chapter on them, inside only.
    command
        What was typed, for the record.

    Returns
    -------
    RunRecord
        The record as written to ``run.json``.

    Raises
    ------
    MarketmapError
        With the text to show; the output folder is then as it was.
    """
    chosen = KINDS[kind]
    refuse_own_source(out, plan_folder, rounds_folder)
    if plan_folder is not None:
        read_given(plan_folder, county_folder, given="plan")
    if rounds_folder is not None:
        read_given(rounds_folder, county_folder, given="rounds")
    with OutputFolder(out) as folder:
        batch = prepare(county_folder, overrides=overrides, on_stage=on_stage)
        on_stage("Placing postcodes in areas")
        survey = survey_county(batch, district=district, plan_folder=plan_folder, rounds_folder=rounds_folder)
        chapters = []
        for build in (*chosen.chapters, *((describe_travel,) if survey.rounds_folder is not None else ())):
            on_stage(f"Measuring: {build.__name__.removeprefix('describe_').replace('_', ' ')}")
            chapters.append(_tell_ground(build(survey), survey))
        draft = _Draft(chosen, tuple(chapters), survey)
        on_stage("Writing the report")
        record = make_record(batch, command=command or ["marketmap", kind])
        notices = notices_of(record)
        first = {
            audience: chosen.open_report(survey, draft.chapters, audience, record) for audience in (INTERNAL, PUBLIC)
        }
        _write_audience(folder, draft, first[INTERNAL], INTERNAL, notices=notices)
        _write_audience(folder, draft, first[PUBLIC], PUBLIC, notices=notices)
        write_left_out(folder, batch)
        known = survey.tables.packages["postcode"].dropna()
        return folder.finish(_conclude(record, first[PUBLIC], survey), never_public=known)


def _tell_ground(chapter: Chapter, survey: Survey) -> Chapter:
    """Say in the title that a chapter of a district's report is of the whole county all the same."""
    if survey.district is None or chapter.keeps_to_district:
        return chapter
    return replace(chapter, title=f"{chapter.title}, the whole county")


def _write_audience(
    folder: OutputFolder, draft: _Draft, report: Report, audience: Audience, *, notices: Notices
) -> None:
    """Write the page, the tables and the GeoPackage of one audience."""
    listings = _listings(draft.chapters, audience)
    for listing in listings:
        if audience == PUBLIC:
            content = encode_public_table(listing.frame, listing.table)
            folder.write_bytes(listing.table.path, content, row=listing.table.row)
        else:
            folder.write_table(listing.frame, listing.table)
    layers = encode_layers(listings, draft.survey, audience=audience)
    if layers is not None:
        folder.write_bytes(f"{audience}/{GEOPACKAGE}", layers)
    page = write_page(report, draft.chapters, audience=audience, notices=notices)
    path = f"{audience}/{draft.kind.name}.html"
    encode: Callable[[str], bytes] = (
        (lambda text: encode_public_page(text, path=path))
        if audience == PUBLIC
        else (lambda text: text.encode("utf-8", errors="replace"))
    )
    folder.write_bytes(path, encode(page))


def _listings(chapters: Sequence[Chapter], audience: Audience) -> list[Listing]:
    """List the tables of an audience, each file once."""
    views = [view for chapter in chapters if (view := chapter.view(audience)) is not None]
    return list({listing.table.path: listing for view in views for listing in view.listings}.values())


def _conclude(record: RunRecord, report: Report, survey: Survey) -> RunRecord:
    """Add what the report found, as the public page tells it (the root of a folder holds no more), and its bases."""
    plan = [survey.plan.made] if survey.plan is not None else []
    return replace(record, notes=[*record.notes, survey.places.rural_basis, *plan], summary=" ".join(report.answer[:3]))
