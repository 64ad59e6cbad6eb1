"""What can be taken away of a plan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import streamlit as st

from marketmap.outputs.drafts.desk_packs import pack_provider
from marketmap.outputs.files.download import (
    GEOPACKAGE_MIME,
    WORKBOOK_MIME,
    describe_source,
    encode_geopackage,
    encode_workbook,
)
from marketmap.outputs.maps.files import MAP_FILE
from marketmap.outputs.schema.block import BLOCK_POSTCODES, BLOCK_PROPOSALS
from marketmap.outputs.schema.columns import OutputTable
from marketmap.outputs.schema.decision import NEXT_PROVIDERS, ROLLOUT
from marketmap.outputs.schema.full import ALTERNATIVES, FRONTIER, PROSPECTUS, SENSITIVITY
from marketmap.outputs.views.plan_extras import has_table, load_extra
from marketmap.pages import desk
from marketmap.pages.downloads import Download, offer
from marketmap.pages.frame import show_html
from marketmap.pages.plan_choice import ChosenPlan
from marketmap.pages.sources import current_place

PROSPECTUS_PAGE = "public/prospectus.html"
SHEETS: dict[str, OutputTable] = {
    "Blocks": BLOCK_PROPOSALS,
    "Next providers": NEXT_PROVIDERS,
    "Order of starts": ROLLOUT,
    "Alternatives": ALTERNATIVES,
    "Frontier": FRONTIER,
    "Other assumptions": SENSITIVITY,
}


def show_downloads(chosen: ChosenPlan) -> None:
    """Draw the buttons: files for the council alone, and those that may be given to providers."""
    st.subheader("Take away", anchor=False)
    folder, written = chosen.folder, chosen.files.record.outputs
    inside = [
        _file("Block proposals (CSV)", folder, BLOCK_PROPOSALS.path, "text/csv"),
        _file("Postcode look-up (CSV)", folder, BLOCK_POSTCODES.path, "text/csv"),
        _file("Map (one HTML file)", folder, MAP_FILE, "text/html"),
    ]
    files = [file for file, path in inside if path in written]
    files += [
        Download("All tables of the plan (XLSX)", "block_plan.xlsx", lambda: make_workbook(chosen), WORKBOOK_MIME),
        Download("Zones (GeoPackage)", "block_zones.gpkg", lambda: make_layers(chosen), GEOPACKAGE_MIME),
    ]
    offer(files, rows=True, key="plan")
    show_html("<p class='small'>For the council alone: these files name postcodes and providers.</p>")
    outside = [
        _file("Prospectus for providers (HTML)", folder, PROSPECTUS_PAGE, "text/html"),
        _file("Prospectus for providers (CSV)", folder, PROSPECTUS.path, "text/csv"),
    ]
    public = [file for file, path in outside if path in written]
    offer(public, rows=False, key="public")
    if public:
        show_html(
            "<p class='small'>May be given to providers: no person and no provider in it, small numbers hidden.</p>"
        )


def make_workbook(chosen: ChosenPlan) -> bytes:
    """Put the tables of a plan that its run wrote into one workbook."""
    record = chosen.files.record
    found = {
        title: (load_extra(chosen.folder, table), table) for title, table in SHEETS.items() if has_table(record, table)
    }
    return encode_workbook(found, describe_source(record))


def make_layers(chosen: ChosenPlan) -> bytes:
    """Put the zones and the outlines of a plan into one GeoPackage."""
    plan = chosen.files
    layers = {"zones": plan.zones.drop(columns="colour", errors="ignore"), "areas": plan.areas}
    return encode_geopackage(layers, about=describe_source(plan.record)) or b""


def offer_pack(chosen: ChosenPlan, block: pd.Series) -> None:
    """Offer the pack of a block's provider, for whoever may see rows."""
    # Read here: a download is made outside the page's run, which knows of no session.
    provider, place, folder = str(block["suggested_provider_id"]), current_place().folder, chosen.folder

    def make() -> bytes:
        return desk.ask(pack_provider, folder, provider, place)

    label = f"Pack for the provider of {block['block_id']} (ZIP)"
    offer([Download(label, "provider_pack.zip", make, "application/zip")], rows=True, key="pack")


def _file(label: str, folder: Path, path: str, mime: str) -> tuple[Download, str]:
    return Download(label, path.rsplit("/", 1)[-1], _reader(folder / path), mime), path


def _reader(path: Path) -> Callable[[], bytes]:
    # Read when asked for: the file's own bytes, and no copy of them in every session.
    return path.read_bytes
