"""One block, told in full: its provider, its hours, what it would take, and who else could take it."""

from __future__ import annotations

import pandas as pd

from marketmap.outputs.legend import hours_split, html_table
from marketmap.outputs.properties import safe_text
from marketmap.pages.frame import figures, safe_long, show_html

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


def show_block(block: pd.Series) -> None:
    """Draw one row of the block proposals."""
    tag, role = TAGS.get(str(block["status"]), ("Proposed", "Suggested provider"))
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
        f"{split}{figures(_facts(block))}"
        f"<p class='small'>Sectors: {safe_text(str(block['sectors']).replace(';', ', '))}. "
        f"Centre: {safe_text(block['centre_postcode'])}.</p>"
        "</div>"
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
        + f"</div><p class='small'>{WHO_AGREES}</p>"
    )


def _facts(block: pd.Series) -> dict[str, str]:
    peaks = [block[f"carers_at_peak_{band}"] for band in ("morning", "lunch", "tea", "bed")]
    unfilled = "never" if block["hours_guaranteed_start"] > 0 else "nothing is guaranteed"
    return {
        "Could be guaranteed": _number(block["hours_guaranteed_start"], "{:,.1f} h"),
        "Not to be moved, besides": _number(block["hours_fixed"], "{:,.1f} h"),
        "People": _number(block["people"], "{:,.0f}"),
        "Packages": _number(block["packages"], "{:,.0f}"),
        "Minutes per carer visit": f"{_number(block['minutes_per_visit_now'], '{:.1f}')} → "
        f"{_number(block['minutes_per_visit_proposed'], '{:.1f}')}",
        "Travel, if all moved": _number(block["travel_minutes_saved_week"], "{:,.0f} min"),
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
