"""``README.txt`` of an output folder: what was run, who may see it, and what each file is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from marketmap.outputs.files.record import RECORD_FILE, SCHEMA, RunRecord

INTERNAL, PUBLIC = "internal", "public"
# Files that are no table, by their name or, where many have one kind, by what it ends in; the first that fits.
KINDS = {
    "internal/map.html": "the map: opens in a browser, without a network",
    "public/prospectus.html": "for providers: one block a page, to read and to print",
    ".html": "to read in a browser, without a network, and to print",
    "zones.geojson": "the zones of the blocks, for a map program",
    "areas.geojson": "postcode sectors and districts, approximate, for a map program",
    ".geojson": "for a map program",
    ".gpkg": "the areas with their figures, for a map program",
    ".toml": "settings to copy into marketmap.toml",
    ".json": "for the app",
}
INSIDE = (
    "internal/ holds rows about places, packages and providers. Keep it inside the council's network,",
    "share it with nobody who does not need it, and delete it when the work it was made for is done.",
)
OUTSIDE = "public/ holds what may leave the council: every figure there went through the gate for small numbers."
NONE_OUTSIDE = "Nothing here may leave the council: this run writes no public/."


def describe_contents(record: RunRecord, paths: Iterable[str], *, rows: Mapping[str, str]) -> str:
    """Write the text of ``README.txt``.

    Parameters
    ----------
    record
        The run.
    paths
        Every file of the folder but ``run.json``, relative to it.
    rows
        Of those that are tables: what completes "one row for …".
    """
    listed = sorted(paths)
    lines = ["Output of marketmap: " + " ".join(record.command), ""]
    if record.synthetic:
        lines += [record.synthetic_note or "Synthetic data.", ""]
    if record.illustrative_roads:
        lines += ["ILLUSTRATIVE ROADS: travel times are from roads made up from the postcodes.", ""]
    if record.summary:
        lines += [record.summary, ""]
    pages = [path for path in listed if path.endswith(".html") and path.startswith(f"{INTERNAL}/")]
    if pages:
        lines += [f"Open {pages[0]} first.", ""]
    lines += [
        *INSIDE,
        OUTSIDE if any(path.startswith(f"{PUBLIC}/") for path in listed) else NONE_OUTSIDE,
        "A suggested provider is a suggestion: people decide.",
        "",
        f"Data as of {record.snapshot_date.isoformat()}. Postcodes: {record.postcode_source}",
        "",
        *record.notes,
        *([""] if record.notes else []),
        "Files (every column of every table is explained in docs/outputs.md of marketmap):",
        *(_describe_file(path, rows) for path in listed),
        f"  {RECORD_FILE}: inputs, settings, seed, versions, solver status and a checksum of every file ({SCHEMA})",
        "",
    ]
    return "\n".join(lines)


def _describe_file(path: str, rows: Mapping[str, str]) -> str:
    if path in rows:
        return f"  {path}: one row for {rows[path]}"
    told = next((text for end, text in KINDS.items() if path.endswith(end)), "")
    return f"  {path}: {told}" if told else f"  {path}"
