"""What the brokers' page shows, told as text: an answer for a postcode, who is near, and the waiting list."""

from __future__ import annotations

import numpy as np
import pandas as pd

from marketmap.market.nearest import BY_ROAD, NO_WORK
from marketmap.outputs.maps.properties import safe_text
from marketmap.outputs.maps.zones import SPOT
from marketmap.outputs.views.broker_desk import PlaceAnswer

NOT_KNOWN = "not known"
STATUS_WORDS = {
    "proposed": "proposed: a suggestion that nobody has decided",
    "existing": "already let",
    "held": "held by a lock",
}
NEAR_HEADINGS = {
    "provider": "Provider",
    "how_far": "From its nearest work now",
    "beside": "In the street already",
    "packages_near": "Packages near",
    "spare": "Spare carer hours a week",
    "age": "How old that figure is",
    "cqc_rating": "CQC rating",
    "standing": "Note",
}
WAIT_HEADINGS = {
    "risk": "Risk",
    "days": "Days waited",
    "package_id": "Package",
    "person_id": "Person",
    "postcode": "Postcode",
    "district_name": "District",
    "service_type": "Service",
    "hours_week": "Hours a week",
    "carers_required": "Carers",
    "needs": "Needs",
    "block_id": "Block or spot",
    "provider_name": "Block's provider",
    "provider_spare": "Its spare carer hours",
    "provider_spare_days": "Days old",
    "backup_name": "Backup",
}
ANSWER_HEADINGS = {
    "line": "Line",
    "asked": "As given",
    "postcode": "Postcode",
    "answer": "Answer",
    "block_id": "Block or spot",
    "block_status": "Status",
    "provider_name": "Provider",
    "backup_name": "Backup",
}


def tell_place(answer: PlaceAnswer) -> str:
    """Tell in HTML which block a postcode is in and who would serve it; data are escaped."""
    place = answer.place
    head = f"<h3>{safe_text(answer.postcode)}</h3>"
    reason = f"<p class='small'>{safe_text(place['reason'])}.</p>"
    if place["block_id"] == SPOT:
        return f"{head}<p><strong>Spot purchase</strong>: in no block of this plan; buy package by package.</p>{reason}"
    status = STATUS_WORDS.get(place["block_status"], place["block_status"])
    provider = f"<strong>{safe_text(place['provider_name'])}</strong> ({safe_text(place['provider_id'])})"
    backup = (
        f"{safe_text(place['backup_name'])} ({safe_text(place['backup_id'])})"
        if place["backup_id"]
        else "the plan names none"
    )
    return (
        f"{head}<p>Block <strong>{safe_text(place['block_id'])}</strong>, {safe_text(status)}.</p>"
        f"<p>Provider: {provider}{_tell_spare_of(answer)}</p><p>Backup: {backup}</p>{reason}"
    )


def tabulate_near(nearest: pd.DataFrame, *, most: int) -> pd.DataFrame:
    """Tell the nearest providers as text under `NEAR_HEADINGS`; those without work now are left out."""
    rows = nearest[nearest["basis"] != NO_WORK].head(most)
    told = [
        {
            "provider": f"{row['provider_name']} ({row['provider_id']})",
            "how_far": tell_way(row["minutes"], row["km_straight"], str(row["basis"])),
            "beside": row["beside"] or "no",
            "packages_near": f"{row['packages_near']:,.0f}",
            "spare": _number(row["hours_spare_week"]),
            "age": tell_age(row["capacity_as_of"], row["capacity_age_days"]),
            "cqc_rating": NOT_KNOWN if pd.isna(row["cqc_rating"]) else str(row["cqc_rating"]),
            "standing": row["standing"],
        }
        for row in rows.to_dict("records")
    ]
    return pd.DataFrame(told, columns=list(NEAR_HEADINGS))


def tell_way(minutes: float, km: float, basis: str) -> str:
    """Tell how far it is: minutes by road, or kilometres in a straight line where no road times it, saying so."""
    if basis == BY_ROAD:
        return "under a minute" if minutes < 1 else f"{minutes:,.0f} min by road"
    return f"{km:,.1f} km in a straight line: no road times it"


def tell_age(day: pd.Timestamp, days: float) -> str:
    """Tell how old a provider's figure of spare hours was on the day of the extract."""
    if pd.isna(day) or np.isnan(days):
        return NOT_KNOWN
    when = f"{day:%-d %b %Y}"
    return f"{when}: the day of the extract" if days == 0 else f"{when}: {days:,.0f} day{'' if days == 1 else 's'} old"


def filter_waiting(
    rows: pd.DataFrame, *, district: str | None, risk: str | None, service: str | None, least_days: int, place: str
) -> pd.DataFrame:
    """Filter the waiting list.

    Parameters
    ----------
    district, risk, service
        Name of the district, class of risk, kind of service; None: all.
    least_days
        Waited so many days or more; 0 keeps those whose wait is not known too.
    place
        "all", "block" or "spot".
    """
    kept = pd.Series(data=True, index=rows.index)
    for name, wanted in (("district_name", district), ("risk", risk), ("service_type", service)):
        if wanted is not None:
            kept &= rows[name] == wanted
    if least_days > 0:
        kept &= rows["days"] >= least_days
    if place != "all":
        in_block = ~rows["block_id"].isin([SPOT, ""])
        kept &= in_block if place == "block" else ~in_block
    return rows[kept].reset_index(drop=True)


def in_words(values: pd.Series) -> pd.Series:
    """Write a column of codes as people read it: lists with commas, words apart, blank where there is none."""
    return values.fillna("").astype(str).str.replace("_", " ", regex=False).str.replace(";", ", ", regex=False)


def _tell_days(days: float) -> str:
    return f"{days:,.0f} day{'' if round(days) == 1 else 's'}"


def tell_waiting(rows: pd.DataFrame, *, all_rows: pd.DataFrame) -> dict[str, str]:
    """Tell the sums of a filtered waiting list: name (a literal) → value with its denominator."""
    known = rows["days"].dropna()
    long = int(rows["long"].sum())
    in_block = int((~rows["block_id"].isin([SPOT, ""])).sum())
    return {
        "Packages waiting": f"{len(rows):,} of {len(all_rows):,}",
        "Contact hours a week": f"{rows['hours_week'].sum():,.0f} of {all_rows['hours_week'].sum():,.0f}",
        "Waiting long": f"{long:,} of {len(known):,}" if len(known) else (NOT_KNOWN if len(rows) else "0"),
        "Longest wait": _tell_days(known.max()) if len(known) else ("nobody" if rows.empty else NOT_KNOWN),
        "In a block": f"{in_block:,} of {len(rows):,}" if len(rows) else "0",
    }


def _tell_spare_of(answer: PlaceAnswer) -> str:
    own = answer.nearest[answer.nearest["provider_id"] == answer.place["provider_id"]]
    if own.empty:
        return ""
    row = own.iloc[0]
    way = "" if row["basis"] == NO_WORK else f"; {tell_way(row['minutes'], row['km_straight'], str(row['basis']))}"
    spare = f"{_number(row['hours_spare_week'])} spare carer hours a week"
    return f"<br>{spare} ({safe_text(tell_age(row['capacity_as_of'], row['capacity_age_days']))}){safe_text(way)}"


def _number(value: float) -> str:
    return NOT_KNOWN if pd.isna(value) else f"{value:,.1f}"
