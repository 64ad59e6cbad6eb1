"""The lines that stand on every map and page: whose data these are, and what is made up about them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from marketmap.outputs.files.record import RunRecord

SYNTHETIC_FLAG = "Synthetic data"
ROADS_FLAG = "Illustrative roads"
SAVING_RESTS_ON = "the overlap planted here; not evidence about any council"
APPROXIMATE_AREAS = "Sector, district and zone outlines are approximate: they are drawn round postcodes."
OPEN_STREET_MAP = "© OpenStreetMap contributors (ODbL)."
# Vintage of the postcode package, where no other is named.
DEFAULT_YEAR = "2025"


@dataclass(frozen=True)
class Notices:
    """What a reader of a map must be told.

    Attributes
    ----------
    flags
        Short warnings, shown on the map itself.
    licence
        The attribution of the data behind the map, in full, for the page.
    short_licence
        The same in one line, for the map itself.
    """

    flags: tuple[str, ...]
    licence: str
    short_licence: str


def notices_of(record: RunRecord) -> Notices:
    """Work out the notices of a run."""
    return make_notices(
        synthetic=record.synthetic,
        illustrative_roads=record.illustrative_roads,
        open_street_map=bool(record.roads.get("file")) and not record.illustrative_roads,
        postcode_source=record.postcode_source,
    )


def explain_synthetic(note: str, *, saving: bool) -> str:
    """Say that data are made up, and what follows from that.

    Parameters
    ----------
    note
        ``county.synthetic_note`` of the settings; may say so already.
    saving
        Whether a saving is shown beside it.
    """
    text = note if note.lower().startswith(SYNTHETIC_FLAG.lower()) else f"{SYNTHETIC_FLAG}. {note}".strip()
    told = "not evidence about any council" in text
    return text if told or not saving else f"{text} Any saving follows from {SAVING_RESTS_ON}."


def describe_basis(record: RunRecord) -> str:
    """Say in a few words what figures rest on, for tables that travel without their run record."""
    data = explain_synthetic(record.synthetic_note, saving=True) if record.synthetic else "The council's data."
    return f"{data} {'Illustrative roads.' if record.illustrative_roads else 'Real roads.'}"


def make_notices(*, synthetic: bool, illustrative_roads: bool, open_street_map: bool, postcode_source: str) -> Notices:
    """Put the notices together.

    Parameters
    ----------
    synthetic
        Whether demand is made up.
    illustrative_roads
        Whether roads are made up.
    open_street_map
        Whether roads come from OpenStreetMap.
    postcode_source
        The sentence that names the postcode directory; the year in it goes into the attribution.
    """
    found = re.search(r"\b20\d\d\b", postcode_source)
    year = found.group() if found else DEFAULT_YEAR
    right = f"and database right {year}"
    licence = (
        f"Contains OS data © Crown copyright {right}. Contains Royal Mail data © Royal Mail copyright {right}. "
        f"Contains National Statistics data © Crown copyright {right}. "
        "Source: Office for National Statistics licensed under the Open Government Licence v3.0."
    )
    short = f"Contains OS, Royal Mail and ONS data © Crown copyright, © Royal Mail and database right {year}. OGL v3."
    roads = f" {OPEN_STREET_MAP}" if open_street_map else ""
    flags = [flag for flag, shown in ((SYNTHETIC_FLAG, synthetic), (ROADS_FLAG, illustrative_roads)) if shown]
    return Notices(flags=tuple(flags), licence=licence + roads, short_licence=short + roads)
