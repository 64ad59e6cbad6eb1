"""One block, told in full: its provider, its hours, what it would take, and who else could take it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from marketmap.outputs.maps.legend import hours_split, html_table
from marketmap.outputs.maps.properties import safe_text
from marketmap.outputs.schema.decision import NEXT_PROVIDERS, ROLLOUT
from marketmap.outputs.views.plan_evidence import tell_simulated_block
from marketmap.outputs.views.plan_extras import load_extra
from marketmap.outputs.views.plan_view import list_holders, pick_next, pick_start, split_gain
from marketmap.pages.access import current_user
from marketmap.pages.frame import figures, safe_long, show_html
from marketmap.pages.plan_choice import ChosenPlan
from marketmap.pages.plan_rounds import find_simulated
from marketmap.pages.sources import Market

# Told apart by pattern as well as by colour.
HELD = "#0b5f7d"
WAITING = "repeating-linear-gradient(45deg, #E69F00 0 5px, #fff3da 5px 9px)"
OTHERS = "#dfe5e9"
TAGS = {"existing": ("Already let", "Provider"), "held": ("Held by a lock", "Provider")}
WHO_AGREES = (
    "An hour moves to another provider only if the person or their representative, the social worker and both "
    "providers agree, and the integrated care board where it pays (CHC). Take TUPE advice where a carer has over half "
    "of her hours on packages that move."
)

TWO_MEASURES = (
    "Model minutes go to the block's middle, against today's to the nearest patch: the plan is chosen by them. Driving "
    "is along rounds from door to door, where far less is saved. One block's estimate is rough; its simulated figure "
    "has its interval in brackets."
)


def show_block(block: pd.Series) -> None:
    """Draw one row of the block proposals."""
    tag, role = TAGS.get(str(block["status"]), ("Proposed", "Suggested provider"))
    centre = f" Centre: {safe_text(block['centre_postcode'])}." if current_user().may("see_rows") else ""
    rating = f" · CQC: {safe_text(block['cqc_rating'])}" if block["cqc_rating"] else ""
    split = hours_split(
        [
            ("Already with this provider", block["hours_already_with_provider"], HELD),
            ("Waiting for a provider", block["hours_waiting"], WAITING),
            ("With other providers; move only by agreement", block["hours_with_others"], OTHERS),
        ],
        total=block["hours_zone"],
    )
    show_html(
        "<div class='panel'>"
        f"<h3>{safe_text(block['block_id'])} · {safe_text(block['district_name'])}<span class='tag'>{tag}</span></h3>"
        f"<p>{role}: <strong>{safe_text(block['suggested_provider_name'])}</strong>{rating}</p>"
        f"<p>{safe_long(str(block['reason']))}</p>"
        f"<p><strong>{block['hours_zone']:,.1f}</strong> placeable contact hours a week in the zone</p>"
        f"{split}"
        f"<p class='small'>Sectors: {safe_text(str(block['sectors']).replace(';', ', '))}.{centre}</p>"
        "</div>"
    )


def show_details(chosen: ChosenPlan, block: pd.Series, market: Market | None) -> None:
    """Draw what there is to know of a block, a tab each."""
    block_id = str(block["block_id"])
    rows = current_user().may("see_rows")
    names = ["What it takes", "Why here", "Who could take it", "Who must agree", "When it can start"]
    tabs = st.tabs([*names, "Its postcodes"] if rows else names)
    with tabs[0]:
        simulated = tell_simulated_block(find_simulated(chosen.folder), block_id)
        show_html(figures(_facts(block, simulated)) + f"<p class='small'>{TWO_MEASURES}</p>")
    with tabs[1]:
        _show_gain(block)
    with tabs[2]:
        _show_next(load_extra(chosen.folder, NEXT_PROVIDERS), block)
        eligible = chosen.files.eligible
        show_eligible(eligible[eligible["block_id"] == block_id], block=block_id)
    with tabs[3]:
        _show_holders(chosen, block, market)
    with tabs[4]:
        _show_start(block, pick_start(load_extra(chosen.folder, ROLLOUT), block_id))
    if rows:
        with tabs[5]:
            _show_postcodes(chosen, block_id)


def _show_gain(block: pd.Series) -> None:
    parts = split_gain(block)
    if parts.empty:
        show_html("<p class='small'>The gain of a contract already let is not split.</p>")
        return
    signed = parts.assign(minutes=[f"{value:+,.0f}" for value in parts["minutes"]])
    show_html(
        html_table(
            signed,
            caption="What the block gains over leaving the same places to spot purchase",
            headings={"part": "Part", "minutes": "Minutes-equivalent a week"},
            numbers=("minutes",),
        )
        + "<p class='small'>The model's own measure: minutes of travel, with waiting, moves and prices weighed in "
        "minutes by the settings. A minus is a loss.</p>"
    )


def _show_next(following: pd.DataFrame, block: pd.Series) -> None:
    found = pick_next(following, str(block["block_id"]))
    if found.empty:
        show_html("<p class='small'>No next providers and no backup are worked out for this block.</p>")
        return
    role = ["Suggested" if rank == 1 else "Next" for rank in found["rank"]]
    role = [f"{name}, backup" if backup else name for name, backup in zip(role, found["backup"], strict=True)]
    table = pd.DataFrame(
        {
            "name": found["provider_name"],
            "role": role,
            "room": found["room_in_plan"].map({True: "yes", False: "no"}),
            "minutes": [_number(value, "{:+,.0f}") for value in found["minutes_more_week"]],
            "moving": [_number(value, "{:,.1f}") for value in found["hours_changing_hands"]],
            "pounds": [_number(value, "{:+,.0f}") for value in found["pounds_more_week"]],
            "left": [_number(value, "{:,.1f}") for value in found["carer_hours_room_left"]],
            "reason": found["reason"],
        }
    )
    headings = {
        "name": "Provider",
        "role": "Role",
        "room": "Room in this plan",
        "minutes": "Model minutes a week more",
        "moving": "Hours that would move to it",
        "pounds": "£ a week more",
        "left": "Carer hours of room left",
        "reason": "What it would change",
    }
    backup = bool(found["backup"].any())
    show_html(
        "<div class='scroll' tabindex='0'>"
        + html_table(
            table,
            caption="The suggested provider, who is next, and the backup",
            headings=headings,
            numbers=("minutes", "moving", "pounds", "left"),
        )
        + "</div>"
        + ("" if backup else "<p class='small'>Nobody is a backup: no other company has room for the guarantee.</p>")
    )


def _show_holders(chosen: ChosenPlan, block: pd.Series, market: Market | None) -> None:
    show_html(f"<p>{WHO_AGREES}</p>")
    if market is None:
        show_html("<p class='small'>Who delivers these hours today needs the county's tables.</p>")
        return
    inside = chosen.files.postcodes.index[chosen.files.postcodes["block_id"] == block["block_id"]]
    found = list_holders(
        market.packages, postcodes=inside, provider_id=str(block["suggested_provider_id"]), names=market.provider_names
    )
    if found.empty:
        show_html("<p>No other provider delivers hours in this zone: nobody has to give any up.</p>")
        return
    table = pd.DataFrame(
        {
            "name": found["provider_name"],
            "packages": found["packages"].map("{:,}".format),
            "people": found["people"].map("{:,}".format),
            "hours": found["hours"].map("{:,.1f}".format),
            "nhs": [_number(value, "{:,.1f}") for value in found["hours_nhs"]],
            "fixed": [_number(value, "{:,.1f}") for value in found["hours_fixed"]],
        }
    )
    headings = {
        "name": "Provider",
        "packages": "Packages",
        "people": "People",
        "hours": "Contact hours a week",
        "nhs": "Of these NHS pays in",
        "fixed": "Marked not to move",
    }
    numbers = ("packages", "people", "hours", "nhs", "fixed")
    caption = "Other providers that deliver in the zone today, of any service and funding"
    show_html(
        "<div class='scroll' tabindex='0'>"
        + html_table(table, caption=caption, headings=headings, numbers=numbers)
        + "</div>"
    )


def _show_start(block: pd.Series, start: pd.Series | None) -> None:
    if start is None:
        why = "It is let or held already" if block["status"] != "proposed" else "This plan has no order of starts"
        show_html(f"<p>{why}.</p>")
        return
    after = str(start["rollout_after"]).replace(";", ", ")
    with_it = str(start["starts_with"]).replace(";", ", ")
    facts = {
        "Place in the order of starts": f"{start['rollout_rank']:,.0f}",
        "Could be the first of all": "yes" if start["possible_now"] else "no",
        "Blocks that must come first": after or "none",
        "Starts on one day with": with_it or "no other",
        "Carer hours its provider must take on": _number(start["carer_hours_new"], "{:,.1f} a week"),
        "Its room by then": _number(start["carer_hours_room_before"], "{:,.1f} carer hours a week"),
        "Guaranteed by then, all blocks": _number(start["cumulative_hours_guaranteed"], "{:,.0f} h a week"),
    }
    show_html(f"<p>{safe_long(str(start['note']))}.</p>{figures(facts)}")


def _show_postcodes(chosen: ChosenPlan, block_id: str) -> None:
    inside = chosen.files.postcodes[chosen.files.postcodes["block_id"] == block_id]
    points = chosen.files.points.set_index("postcode")[["packages", "people", "contact_hours", "minutes_to_centre"]]
    table = inside[["live", "reason"]].join(points).reset_index()
    counts = ["packages", "people", "contact_hours"]
    # Only postcodes with care stand in the table of points: the others have none, and come after them.
    table[counts] = table[counts].fillna(0)
    table["minutes_to_centre"] = [_number(value, "{:.1f}", blank="") for value in table["minutes_to_centre"]]
    st.dataframe(
        table.sort_values(["contact_hours", "postcode"], ascending=[False, True], ignore_index=True),
        column_config={
            "postcode": st.column_config.TextColumn("Postcode"),
            "live": st.column_config.TextColumn("Live", help="Whether the postcode is in use, where the source tells."),
            "reason": st.column_config.TextColumn("Why"),
            "packages": st.column_config.NumberColumn("Packages", help="Those that a block may hold."),
            "people": st.column_config.NumberColumn("People"),
            "contact_hours": st.column_config.NumberColumn("Contact hours a week", format="%.1f"),
            "minutes_to_centre": st.column_config.TextColumn("Minutes to the centre", help="Where there is care."),
        },
        hide_index=True,
        height=320,
        alt="Every postcode of the block",
    )


def show_eligible(eligible: pd.DataFrame, *, block: str) -> None:
    """Draw which providers could take the block, and for every other one why not."""
    held = eligible["hours_already_with_provider"].fillna(0.0).where(~eligible["eligible"], 0.0)
    ranked = eligible.assign(rank=eligible["minutes_week"].where(eligible["eligible"]), held=held)
    ranked = ranked.sort_values(
        ["suggested", "eligible", "rank", "held", "provider_name"], ascending=[False, False, True, False, True]
    )
    answer = ranked["eligible"].map({True: "yes", False: "no"}).where(~ranked["suggested"], "yes, suggested")
    table = pd.DataFrame(
        {
            "name": ranked["provider_name"],
            "answer": answer,
            "minutes": ranked["rank"].map(lambda value: "" if pd.isna(value) else f"{value:,.0f}"),
            "hours": ranked["hours_already_with_provider"].map(lambda value: "" if pd.isna(value) else f"{value:,.1f}"),
            "reason": ranked["reason"].str.replace("_", " ", regex=False),
        }
    )
    show_html(
        f"<div class='panel'><h3>Who could take {safe_text(block)}</h3></div><div class='scroll' tabindex='0'>"
        + html_table(
            table,
            caption="Eligible providers by the model's cost, lowest first; then the others, most hours held here first",
            headings={
                "name": "Provider",
                "answer": "Eligible",
                "minutes": "Model minutes a week",
                "hours": "Hours held here",
                "reason": "Reason",
            },
            numbers=("minutes", "hours"),
        )
        + "</div>"
    )


def _facts(block: pd.Series, simulated: str) -> dict[str, str]:
    peaks = [block[f"carers_at_peak_{band}"] for band in ("morning", "lunch", "tea", "bed")]
    unfilled = "never" if block["hours_guaranteed_start"] > 0 else "nothing is guaranteed"
    return {
        "Could be guaranteed": _number(block["hours_guaranteed_start"], "{:,.1f} h"),
        "Not to be moved, besides": _number(block["hours_fixed"], "{:,.1f} h"),
        "People": _number(block["people"], "{:,.0f}"),
        "Packages": _number(block["packages"], "{:,.0f}"),
        "Model minutes a carer visit": f"{_number(block['minutes_per_visit_now'], '{:.1f}')} → "
        f"{_number(block['minutes_per_visit_proposed'], '{:.1f}')}",
        "Driving saved, if all moved (estimate)": _number(block["driving_minutes_saved_week"], "{:,.0f} min a week"),
        "The same, in simulated rounds": simulated,
        "Starts, next 13 weeks": _number(block["expected_starts_hours_13w"], "{:,.1f} h"),
        "Ends, next 13 weeks": _number(block["expected_ends_hours_13w"], "{:,.1f} h"),
        "Weeks to fill": _number(block["weeks_to_fill"], "{:,.0f}", blank=unfilled),
        "Unfilled guarantee, £ a week": _number(block["void_cost_pounds_week"], "£{:,.0f}"),
        "Guarantee, a year": _number(block["annual_value_pounds"], "£{:,.0f}"),
        "Full-time carers": _number(block["carers_full_time"], "{:,.1f}"),
        "Peak am/lunch/tea/bed": " / ".join(_number(peak, "{:,.0f}") for peak in peaks),
    }


def _number(value: float, shape: str, *, blank: str = "not known") -> str:
    return blank if pd.isna(value) else shape.format(value)
