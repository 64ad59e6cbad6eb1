"""The tools that change a plan: one at a time, each with its choices and a button."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st

from marketmap.blocks.draft_comparison import Neighbours
from marketmap.blocks.edits import (
    AllowProvider,
    ChangeProvider,
    DissolveBlock,
    Edit,
    ForbidProvider,
    LockBlock,
    MoveSector,
    NewBlock,
    UnlockBlock,
)
from marketmap.errors import MarketmapError
from marketmap.outputs.drafts import desk as questions
from marketmap.outputs.drafts.edit_view import list_moves, list_places, list_providers, tell_barred
from marketmap.pages import desk
from marketmap.pages.frame import safe_long, show_html
from marketmap.pages.plan_choice import ChosenPlan
from marketmap.pages.plan_editing import Editing, draw_again, make_edit
from marketmap.pages.sources import current_place

LOCK, GIVE, MOVE, KEEP_OUT, DISSOLVE, MAKE = (
    "Lock or unlock",
    "Give to another provider",
    "Move a sector",
    "Keep a provider out",
    "Dissolve",
    "New block",
)


def show_tools(chosen: ChosenPlan, state: Editing, block: pd.Series | None) -> None:
    """Draw the tools for a block; without one only those that need none."""
    open_ = block is not None and block["status"] == "proposed"
    free = open_ and block is not None and not block["locked"]
    tools: dict[str, Callable[[], Edit | None]] = {}
    if block is not None and open_:
        tools[LOCK] = lambda: _lock(block)
    if block is not None and free:
        tools[GIVE] = lambda: _give(chosen, state, block)
        tools[MOVE] = lambda: _move(state, block)
    if block is not None:
        tools[KEEP_OUT] = lambda: _keep_out(chosen, state, block)
    if block is not None and free:
        tools[DISSOLVE] = lambda: _dissolve(block)
    tools[MAKE] = lambda: _make(chosen, state)
    tool = st.selectbox("What to change", list(tools), key="edit_tool")
    edit = tools[str(tool)]()
    # A click that the browser sent before it drew the choice anew is for a button that is gone: nothing is done then,
    # rather than something that was not asked for.
    digest = "" if edit is None else hashlib.sha256(repr(edit).encode()).hexdigest()[:16]
    if st.button("Do it", type="primary", key=f"edit_do_{digest}", disabled=edit is None) and edit is not None:
        make_edit(state, edit)
        draw_again()


def _lock(block: pd.Series) -> Edit:
    name = str(block["block_id"])
    if block["locked"]:
        st.caption("Unlock: edits and a new search may change the block again.")
        return UnlockBlock(name)
    st.caption("Lock: no edit touches the block, and a new search keeps it as it is.")
    return LockBlock(name)


def _give(chosen: ChosenPlan, state: Editing, block: pd.Series) -> Edit | None:
    name = str(block["block_id"])
    found = list_providers(chosen.files.eligible, state.now.blocks, block_id=name)
    told = dict(zip(found["provider_id"], found["label"], strict=True))
    provider = _pick("Provider", told, key="edit_provider", ask=True)
    st.caption("The block's centre is chosen anew, for the other provider's rounds begin elsewhere.")
    show_html(f"<p class='small'>{safe_long(tell_barred(chosen.files.eligible, block_id=name))}</p>")
    return ChangeProvider(name, provider) if provider else None


def _move(state: Editing, block: pd.Series) -> Edit | None:
    try:
        around: Neighbours = desk.ask(
            questions.neighbours_of, state.document, current_place().folder, str(block["block_id"])
        )
    except MarketmapError as error:
        st.caption(str(error))
        return None
    found = list_moves(around.sectors, block_id=str(block["block_id"]))
    ids = ["|".join(move) for move in zip(found["sector"], found["source"], found["target"], strict=True)]
    told = dict(zip(ids, found["label"], strict=True))
    if not told:
        st.caption("No sector can move over this block's border.")
        return None
    picked = _pick("Sector, from where to where", told, key="edit_move", ask=True)
    if not picked:
        return None
    st.caption("The sector's work in the one goes to the other, with every postcode that hangs on it.")
    return MoveSector(*picked.split("|"))


def _keep_out(chosen: ChosenPlan, state: Editing, block: pd.Series) -> Edit | None:
    document = state.document
    taken = [(str(provider), str(place)) for provider, place in document["forbidden"]]
    names = _names(chosen)
    back = {
        f"{provider}|{place}": f"Let {names.get(provider, provider)} into {place} again" for provider, place in taken
    }
    own = str(block["provider_id"])
    told = {own: f"{names.get(own, own)} (has this block)"} | {
        provider: name for provider, name in names.items() if provider != own
    }
    provider = _pick("Provider", told | back, key="edit_out_provider")
    if provider in back:
        one, _, place = provider.partition("|")
        return AllowProvider(one, place)
    district = str(block["district_code"])
    named: Mapping[str, str] = chosen.files.record.settings.get("county", {}).get("district_names", {})
    places = list_places(
        str(block["sectors"]).split(";"), district_code=district, district_name=str(named.get(district, ""))
    )
    place = _pick("Where", places, key="edit_out_place")
    st.caption("The plan then breaks a rule where the provider has a block there, until you give the block to another.")
    return ForbidProvider(provider, place) if provider and place else None


def _dissolve(block: pd.Series) -> Edit:
    st.caption(f"All {block['hours']:,.1f} contact hours a week of the block go back to spot purchase.")
    return DissolveBlock(str(block["block_id"]))


def _make(chosen: ChosenPlan, state: Editing) -> Edit | None:
    inside = {name for zone in state.document["zones"] for name in zone["postcodes"]}
    points = chosen.files.points
    spot = points[~points["postcode"].isin(inside)]
    hours = spot.groupby(spot["postcode"].str[:-2])["contact_hours"].sum().sort_values(ascending=False)
    sectors = st.multiselect(
        "Sectors whose work is spot purchase now",
        hours.index.tolist(),
        key="edit_new_sectors",
        format_func=lambda name: f"{name}: {hours.get(name, 0.0):,.1f} contact hours a week",
    )
    provider = _pick("Provider", _names(chosen), key="edit_new_provider")
    return NewBlock(tuple(sorted(sectors)), provider) if sectors and provider else None


def _names(chosen: ChosenPlan) -> dict[str, str]:
    table = chosen.files.eligible.drop_duplicates("provider_id").sort_values(["provider_name", "provider_id"])
    return {str(row.provider_id): f"{row.provider_name} ({row.provider_id})" for row in table.itertuples()}


def _pick(label: str, told: Mapping[str, str], *, key: str, ask: bool = False) -> str:
    if not told:
        return ""
    # A box of its own for each list: the browser keeps what an old one showed, though its choice is gone.
    options = hashlib.sha256(repr(sorted(told.items())).encode()).hexdigest()[:12]
    picked = st.selectbox(
        label,
        list(told),
        index=None if ask else 0,
        placeholder="Choose one",
        key=f"{key}_{options}",
        format_func=lambda name: str(told.get(name, name)),
    )
    return str(picked or "")
