"""The verbs that download public data: the only ones that use the network."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from marketmap.cli.console import out_console, show_progress
from marketmap.errors import InputError

fetch_app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")


@fetch_app.callback()
def fetch() -> None:
    """Download public data: the only verbs that use the network. Nothing of a county's tables is ever sent."""


@fetch_app.command()
def roads(
    place: Annotated[
        str, typer.Option("--place", help='As OpenStreetMap names it, e.g. "Gloucestershire, England".')
    ] = "",
    bbox: Annotated[str, typer.Option("--bbox", help="In place of a name: west,south,east,north in degrees.")] = "",
    boundary: Annotated[
        Path | None, typer.Option("--boundary", help="In place of a name: a file of polygons, any CRS it states.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="The .graphml file to write, whole or not at all.")] = Path(
        "roads.graphml"
    ),
    buffer_km: Annotated[
        float | None,
        typer.Option(
            "--buffer-km", min=0.0, max=100.0, show_default="5", help="How far round it, as carers cross the border."
        ),
    ] = None,
    walk: Annotated[bool, typer.Option("--walk", help="Ways to walk in place of roads to drive.")] = False,
    county: Annotated[
        Path | None, typer.Option("--county", help="Folder whose marketmap.toml says which roads are driven.")
    ] = None,
    max_km2: Annotated[
        float | None,
        typer.Option("--max-km2", min=1.0, show_default="20000", help="Refuse a larger area than this."),
    ] = None,
    timeout_seconds: Annotated[
        int | None,
        typer.Option("--timeout-seconds", min=1, max=86_400, show_default="180", help="How long one answer may halt."),
    ] = None,
    patience_minutes: Annotated[
        float | None,
        typer.Option(
            "--patience-minutes",
            min=0.1,
            max=10_080.0,
            show_default="30",
            help="For all of it, waiting for a free slot included.",
        ),
    ] = None,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Ask again, though answers of the last week are kept.")
    ] = False,
    overpass_url: Annotated[
        str | None,
        typer.Option(
            "--overpass-url",
            show_default="what MARKETMAP_OVERPASS_URL says, else the public one",
            help="Another server, e.g. a mirror inside.",
        ),
    ] = None,
    nominatim_url: Annotated[
        str | None,
        typer.Option(
            "--nominatim-url",
            show_default="what MARKETMAP_NOMINATIM_URL says, else the public one",
            help="Another geocoder.",
        ),
    ] = None,
) -> None:
    """Download the roads of a place from OpenStreetMap into one file, which all later runs read.

    Sent are the name of the place (to the geocoder; not with *--bbox* or *--boundary*) and its outline (to the map
    server): never a postcode and nothing about care. Proxies are taken from *HTTPS_PROXY*. Forbidden turns are not
    downloaded; an OpenStreetMap extract (.osm.pbf) has them.
    """
    from marketmap.inputs.folder import folder_faults  # noqa: PLC0415
    from marketmap.inputs.outline import read_outline  # noqa: PLC0415  keeps --help quick
    from marketmap.inputs.postcode_package import cache_folder  # noqa: PLC0415
    from marketmap.settings import SETTINGS_FILE, WALK, TravelSettings, load_settings  # noqa: PLC0415
    from marketmap.travel.fetching.download import Servers  # noqa: PLC0415
    from marketmap.travel.fetching.fetch import LICENCE, Asked, fetch_roads  # noqa: PLC0415

    if county is not None and (faults := folder_faults(county)):
        raise InputError(faults)
    travel = load_settings(county / SETTINGS_FILE).travel if county is not None else TravelSettings()
    if walk:
        travel = dataclasses.replace(travel, mode=WALK)
    asked = Asked(
        place=place,
        bbox=bbox,
        outline=None if boundary is None else read_outline(boundary),
        outline_name="" if boundary is None else boundary.name,
        **_given(buffer_km=buffer_km, max_km2=max_km2),
    )
    servers = Servers(
        **_given(overpass_url=overpass_url, nominatim_url=nominatim_url),
        **_given(timeout_seconds=timeout_seconds, patience_minutes=patience_minutes),
    )
    with show_progress() as (stage, _solver):
        network = fetch_roads(
            out,
            asked=asked,
            settings=travel,
            servers=servers,
            cache=cache_folder(),
            refresh=refresh,
            on_stage=stage,
        )
    about = network.describe()
    kilometres = network.metres[network.line >= 0].sum() / 1000
    out_console.print(
        escape(
            f"Wrote {out}: {network.n_nodes:,} nodes, {kilometres:,.0f} km by direction, map data of {about['date']}."
        )
    )
    out_console.print(escape(f"Left out, as it cannot be reached: {about['cut_off']}."))
    out_console.print(f"{LICENCE}. SHA-256 {network.source.sha256}.")


def _given(**options: Any) -> dict[str, Any]:
    """Options that were given; the defaults of the others are the library's."""
    return {name: value for name, value in options.items() if value not in (None, "")}
