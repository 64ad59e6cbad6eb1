"""The matches of the waiting list as its page shows them: a row a person, and who could take one of them."""

from __future__ import annotations

import pandas as pd

from marketmap.blocks.waiting.matches import MATCHED, NOBODY_FITS, NOT_PLACED, OUTBID
from marketmap.market.waiting_list import RISKS

ANSWERS = (MATCHED, OUTBID, NOBODY_FITS, NOT_PLACED)
PEOPLE_HEADINGS = {
    "package_id": "Package",
    "days_waiting": "Days waiting",
    "waiting_where": "Where the person waits",
    "postcode": "Postcode",
    "carer_hours_week": "Carer hours a week",
    "needs": "Needs",
    "block": "Block",
    "answer": "Answer",
    "matched_name": "Given to",
    "reason": "Why nobody, or not placed",
}
OFFER_HEADINGS = {
    "rank": "Rank",
    "name": "Provider",
    "minutes": "Minutes added a visit",
    "street": "In the street",
    "spare": "Spare hours, and left after the list",
    "price": "Pounds an hour",
    "told": "Answer",
}
BLANK = "not known"


def tell_waiting_totals(totals: pd.Series) -> dict[str, str]:
    """Tell what the whole list comes to; values are text for the reader."""
    waiting = f"{totals['people_waiting']:,.0f}"
    return {
        "Packages waiting": waiting,
        "Matched": f"{totals['people_matched']:,.0f} of {waiting}",
        "Of those, with their block's provider": f"{totals['people_with_block_provider']:,.0f}",
        "Spare hours go to others": f"{totals['people_outbid']:,.0f}",
        "Nobody fits": f"{totals['people_nobody_fits']:,.0f}",
        "Not placed by this list": f"{totals['people_not_placed']:,.0f}",
        "Carer hours a week matched": f"{totals['carer_hours_matched']:,.1f} of {totals['carer_hours_waiting']:,.1f}",
        "Minutes of travel added a week, estimated": f"{totals['added_minutes_week']:,.0f}",
    }


def tabulate_people(rows: pd.DataFrame) -> pd.DataFrame:
    """Give a row a person, in the list's order: `PEOPLE_HEADINGS`; ``reason`` only where nobody was found."""
    given = rows[rows["matched"]].set_index("package_id")["provider_name"]
    people = rows.drop_duplicates("package_id")
    nobody = people["answer"].isin((NOBODY_FITS, NOT_PLACED))
    own = people["answer"].eq(OUTBID)
    reason = people["reason"].where(nobody, "").mask(own, "the hours of all who fit go to others")
    return people.assign(
        block=people["block_id"].replace("", "spot"),
        waiting_where=people["waiting_where"].map(_tell_where),
        matched_name=people["package_id"].map(given).fillna(""),
        needs=people["needs"].str.replace("_", " ").str.replace(";", ", "),
        reason=reason,
    )[list(PEOPLE_HEADINGS)].reset_index(drop=True)


def _tell_where(code: str) -> str:
    # As the list under Find a provider has it, without the number of the risk.
    return RISKS[code].split(" ", 1)[1] if code in RISKS and code else BLANK


def label_people(people: pd.DataFrame) -> dict[str, str]:
    """Label each person, as `tabulate_people` gives them, for a list to choose from: package → package, place, days."""
    return {
        package: f"{package}: {postcode}, {'days not known' if pd.isna(days) else f'{days:,.0f} days'}"
        for package, postcode, days in zip(
            people["package_id"], people["postcode"], people["days_waiting"], strict=True
        )
    }


def pick_people(people: pd.DataFrame, *, answer: str | None, least_days: int) -> pd.DataFrame:
    """Take the people of one answer, or all, who have waited so many days or more; no days known counts as none."""
    kept = people["days_waiting"].fillna(0.0) >= least_days
    if answer is not None:
        kept &= people["answer"] == answer
    return people[kept].reset_index(drop=True)


def tabulate_offers(rows: pd.DataFrame, package: str) -> pd.DataFrame:
    """List who was looked at for one person, as text: `OFFER_HEADINGS`; empty where nobody is listed."""
    own = rows[(rows["package_id"] == package) & rows["rank"].notna()]
    return pd.DataFrame(
        {
            "rank": own["rank"].map("{:.0f}".format),
            "name": [
                f"{name} ({code})" + (", the block's" if block else "")
                for name, code, block in zip(own["provider_name"], own["provider_id"], own["of_block"], strict=True)
            ],
            "minutes": [BLANK if pd.isna(value) else f"{value:,.1f}" for value in own["added_minutes_visit"]],
            "street": ["yes" if value else "no" for value in own["in_street"]],
            "spare": [
                BLANK if pd.isna(spare) else f"{spare:,.1f}, {left:,.1f} left"
                for spare, left in zip(own["carer_hours_spare"], own["carer_hours_spare_left"], strict=True)
            ],
            "price": [BLANK if pd.isna(value) else f"{value:,.2f}" for value in own["price_hour"]],
            "told": [
                "given to this one" if given else str(reason)
                for given, reason in zip(own["matched"], own["reason"], strict=True)
            ],
        }
    ).reset_index(drop=True)
