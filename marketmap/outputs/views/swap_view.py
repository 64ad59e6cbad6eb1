"""A swap list as its page shows it: the sums, its chains, one chain told, and the decisions taken on it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from marketmap.blocks.swaps.chains import LINKED, ONE_WAY, RING, SWAP
from marketmap.blocks.swaps.marks import ACCEPTED, DECISIONS, REFUSED
from marketmap.outputs.files.tables import read_table
from marketmap.outputs.maps.properties import safe_text
from marketmap.outputs.schema.swap import SWAP_LIST, SWAP_PROVIDERS, SWAP_TOTALS

KEY = ("package_id", "from_provider_id", "to_provider_id")
# Columns of the list that the page shows, with their heads; every one stands in the file.
MOVE_HEADINGS = {
    "decision": "Decision",
    "chain_id": "Chain",
    "package_id": "Package",
    "postcode": "Postcode",
    "from_provider_name": "Delivered by",
    "to_provider_name": "Could go to",
    "carer_hours_week": "Carer hours a week",
    "minutes_saved_week": "Minutes saved a week, estimated",
    "miles_saved_week": "Miles saved a week, estimated",
    "pounds_more_week": "Pounds more a week",
    "from_visits_near": "Carer visits a week near, of who delivers",
    "to_visits_near": "Carer visits a week near, of who could",
    "who_must_agree": "Who must agree",
    "tupe_advice": "Carers",
}
KIND_WORDS = {
    SWAP: "a swap of two",
    RING: "a ring",
    ONE_WAY: "one way",
    LINKED: "linked",
}


@dataclass(frozen=True)
class SwapFiles:
    """A swap list read back.

    Attributes
    ----------
    moves, providers
        As written; refused moves stand at the end of the first.
    totals
        The one row of the totals.
    """

    moves: pd.DataFrame
    providers: pd.DataFrame
    totals: pd.Series


def read_swaps(folder: Path) -> SwapFiles:
    """Read a swap list from its output folder; `OutputError` where it cannot be read."""
    totals = read_table(folder / SWAP_TOTALS.path, SWAP_TOTALS).iloc[0]
    return SwapFiles(
        read_table(folder / SWAP_LIST.path, SWAP_LIST), read_table(folder / SWAP_PROVIDERS.path, SWAP_PROVIDERS), totals
    )


def tell_totals(totals: pd.Series) -> dict[str, str]:
    """Tell what a whole list comes to; values are text for the reader."""
    confirmed = totals["confirmed_minutes_saved_week"]
    simulated = "not simulated"
    if pd.notna(confirmed):
        low, high = totals["confirmed_low"], totals["confirmed_high"]
        span = f" ({low:,.0f} to {high:,.0f})" if pd.notna(low) and pd.notna(high) else ""
        simulated = f"{confirmed:,.0f}{span}"
    pounds = totals["pounds_more_week"]
    return {
        "Packages that could change hands": f"{totals['moves']:,.0f} in {totals['chains']:,.0f} chains",
        "Of those, accepted": f"{totals['moves_accepted']:,.0f}",
        "Providers that give or take": f"{totals['providers']:,.0f} of {totals['providers_of_county']:,.0f}",
        "Carer hours a week that move": f"{totals['carer_hours_moving']:,.1f}",
        "Minutes saved a week, estimated": f"{totals['minutes_saved_week']:,.0f}",
        "Minutes saved a week, simulated": simulated,
        "Miles saved a week, estimated": f"{totals['miles_saved_week']:,.0f}",
        "Pounds more a week": "not known: a price is missing" if pd.isna(pounds) else f"{pounds:+,.0f}",
    }


def list_chains(moves: pd.DataFrame) -> pd.DataFrame:
    """List the chains that are still open or accepted: ``chain_id, label``, those that save most first."""
    made = moves[moves["decision"] != REFUSED]
    rows = []
    for name, part in made.groupby("chain_id", sort=False):
        first = part.iloc[0]
        count = "1 package" if len(part) == 1 else f"{len(part)} packages"
        kind = KIND_WORDS.get(str(first["chain_kind"]), "")
        told = f"{count}, {kind}" if kind else count
        rows.append((str(name), f"{name}: {told}, {first['chain_minutes_saved_week']:,.0f} minutes a week"))
    return pd.DataFrame(rows, columns=["chain_id", "label"])


def tell_chain(part: pd.DataFrame) -> str:
    """Tell one chain in HTML, escaped: its kind, each move in words, what it saves, and who must agree."""
    first = part.iloc[0]
    kind = KIND_WORDS.get(str(first["chain_kind"]), "")
    alone = (
        "Everybody's hours stay within the tolerance even if no other chain is made."
        if first["chain_stands_alone"]
        else "By itself it would take somebody's hours past the tolerance: other chains must be made with it."
    )
    items = "".join(
        f"<li><strong>{safe_text(row['package_id'])}</strong> at {safe_text(row['postcode'])} from "
        f"{safe_text(row['from_provider_name'])} to {safe_text(row['to_provider_name'])}: "
        f"{row['carer_hours_week']:,.1f} carer hours and {row['minutes_saved_week']:,.0f} minutes saved a week"
        f"{_tell_price(row['pounds_more_week'])}.{_tell_advice(row)}</li>"
        for row in part.to_dict("records")
    )
    agree = sorted({who for text in part["who_must_agree"] for who in str(text).split(";") if who})
    names = {
        str(row[f"{side}_provider_id"]): str(row[f"{side}_provider_name"])
        for row in part.to_dict("records")
        for side in ("from", "to")
    }
    told = ", ".join(safe_text(names.get(who, who)) for who in agree)
    return (
        f"<h3>{safe_text(str(first['chain_id']))}</h3><p>{kind[:1].upper() + kind[1:]}, "
        f"{first['chain_minutes_saved_week']:,.0f} minutes of travel a week by the estimate. {alone}</p>"
        f"<ol>{items}</ol><p><strong>Who must agree</strong>: {told}.</p>"
    )


def tell_decisions(part: pd.DataFrame) -> str:
    """Say in words, with nothing of the data in them, what is decided on the moves of one chain."""
    taken, refused = (int((part["decision"] == decision).sum()) for decision in (ACCEPTED, REFUSED))
    if not taken and not refused:
        return "Nothing is decided on it."
    told = ((taken, "accepted"), (refused, "refused"), (len(part) - taken - refused, "open"))
    return "Of its packages " + ", ".join(f"{number} {word}" for number, word in told if number) + "."


def gather_marks(rows: pd.DataFrame) -> list[tuple[str, str, str, str]]:
    """Gather the decisions on a list: (package, from, to, accepted or refused) of each row that has one."""
    decided = rows[rows["decision"].isin(DECISIONS)]
    return [(str(a), str(b), str(c), str(d)) for a, b, c, d in decided[[*KEY, "decision"]].itertuples(index=False)]


def lay_marks(moves: pd.DataFrame, marks: Sequence[Sequence[str]]) -> tuple[pd.DataFrame, int]:
    """Lay decisions over a list.

    Returns
    -------
    moves, strange
        The list with its column ``decision`` replaced where it was decided on, and how many decisions are about moves
        that it does not have.
    """
    told = {tuple(row[:3]): row[3] for row in marks}
    keys = list(moves[list(KEY)].itertuples(index=False, name=None))
    decisions = [told.get(key, old) for key, old in zip(keys, moves["decision"], strict=True)]
    return moves.assign(decision=decisions), len(set(told) - set(keys))


def place_chain(part: pd.DataFrame, packages: pd.DataFrame, names: pd.Series) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Find where a chain's packages are, and what its providers deliver.

    Parameters
    ----------
    part
        The chain's rows.
    packages
        Packages in force: ``package_id, provider_id, status, postcode, easting, northing``.
    names
        Indexed by ``provider_id``: names.

    Returns
    -------
    moves, held
        As `marketmap.outputs.maps.swap_map.chain_map` takes them; what could not be placed is left out.
    """
    placed = packages.dropna(subset=["easting", "northing"])
    at = placed.drop_duplicates("package_id").set_index("package_id")[["easting", "northing"]].astype(float)
    named = part.assign(from_name=part["from_provider_name"], to_name=part["to_provider_name"])
    moves = named.join(at, on="package_id")
    touched = {*part["from_provider_id"], *part["to_provider_id"]}
    held = placed[(placed["status"] == "active") & placed["provider_id"].isin(touched)]
    held = held.assign(provider_name=held["provider_id"].map(names).fillna(""))
    return moves.dropna(subset=["easting", "northing"]), held


def _tell_price(pounds: float) -> str:
    if pd.isna(pounds):
        return ", a price is not known"
    return f", {abs(pounds):,.2f} pounds a week {'more' if pounds > 0 else 'less'}" if abs(pounds) >= 0.005 else ""


def _tell_advice(row: Mapping[Hashable, Any]) -> str:
    return f" Carers: {safe_text(str(row['tupe_advice']))}." if row["tupe_advice"] else ""
