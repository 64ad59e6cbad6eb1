"""Refusals and handbacks: who is asked, who says no, who gives work back, where and why.

Offers of one package hang on one another, so the intervals, which take each offer as drawn by itself, are a little too
narrow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketmap.inputs.county import Tables
from marketmap.market.area_rows import code_rows, head_rows
from marketmap.market.intervals import add_share, rate_interval, share_interval
from marketmap.market.places import Places
from marketmap.settings.market import MarketSettings

ACCEPTED, REFUSED, NO_RESPONSE = "accepted", "refused", "no_response"
UNKNOWN = "unknown"
NO_CALLS = "no calls"
PER = 100  # handbacks are told a hundred packages
FIGURES = [
    "offers", "accepted", "refused", "no_response", "packages_offered",
    "refused_share", "refused_share_low", "refused_share_high",
    "no_response_share", "no_response_share_low", "no_response_share_high",
    "offers_per_accepted", "offers_per_accepted_low", "offers_per_accepted_high",
    "handbacks", "packages_held", "handback_rate", "handback_rate_low", "handback_rate_high",
]  # fmt: skip


@dataclass(frozen=True)
class Answers:
    """The offers and handbacks of the period, and the packages that could be handed back.

    Attributes
    ----------
    offers, handbacks
        As the tables hold them, with ``postcode`` (NA of a package that the packages table does not hold); None where
        the council gave no such table: then its figures are blank.
    held
        ``package_id``, ``provider_id``, ``postcode``: each that a provider delivered at any time in the period.
    """

    offers: pd.DataFrame | None
    handbacks: pd.DataFrame | None
    held: pd.DataFrame


def list_answers(tables: Tables, *, settings: MarketSettings) -> Answers:
    """List the offers and handbacks of the ``wait_weeks`` weeks to the snapshot."""
    until = pd.Timestamp(tables.snapshot_date) + pd.Timedelta(days=1)
    since = until - pd.Timedelta(weeks=settings.wait_weeks)
    lines = tables.package_lines
    home = lines.drop_duplicates("package_id", keep="last").set_index("package_id")["postcode"]

    def within(frame: pd.DataFrame | None, column: str) -> pd.DataFrame | None:
        if frame is None:
            return None
        day = pd.to_datetime(frame[column])
        rows = frame[(day >= since) & (day < until)].reset_index(drop=True)
        return rows.assign(postcode=home.reindex(rows["package_id"]).array)

    delivered = lines["status"].eq("active") & lines["provider_id"].notna()
    begun = lines["effective_from"].isna() | (lines["effective_from"] < until)
    over = lines["effective_to"].notna() & (lines["effective_to"] <= since)
    held = lines.loc[delivered & begun & ~over, ["package_id", "provider_id", "postcode"]]
    return Answers(within(tables.offers, "offered_at"), within(tables.handbacks, "notice_date"), held.drop_duplicates())


def refusals_by_area(answers: Answers, places: Places, *, by: str) -> pd.DataFrame:
    """Measure offers, refusals and handbacks by the area of the package.

    Returns
    -------
    DataFrame
        ``level``, ``area_code`` and the figures that `measure_answers` describes.
    """
    groups = [
        None if frame is None else code_rows(frame, places, by=by)
        for frame in (answers.offers, answers.handbacks, answers.held)
    ]
    return head_rows(measure_answers(answers, *groups), by=by)


def refusals_by_provider(answers: Answers) -> pd.DataFrame:
    """Measure the same by provider: who was asked, and who handed back. First column ``provider_id``."""
    groups = [None if frame is None else frame["provider_id"] for frame in _frames(answers)]
    return measure_answers(answers, *groups).rename_axis("provider_id").reset_index().astype({"provider_id": "str"})


def refusals_by_band(answers: Answers, calls: pd.DataFrame | None) -> pd.DataFrame:
    """Measure the same by time band: of packages with a call in that band. First column ``time_band``.

    A package with calls in three bands counts in each of the three, so bands do not add up. "no calls" are packages
    that the calls table does not hold; without the table the frame is empty.
    """
    if calls is None:
        return pd.DataFrame({name: pd.Series(dtype="float64") for name in ["time_band", *FIGURES]})
    bands = calls[["package_id", "time_band"]].drop_duplicates()
    spread = [
        None if frame is None else frame.merge(bands, on="package_id", how="left", validate="many_to_many")
        for frame in _frames(answers)
    ]
    groups = [None if frame is None else frame["time_band"].astype("object").fillna(NO_CALLS) for frame in spread]
    offers, handbacks, held = spread
    table = measure_answers(Answers(offers, handbacks, answers.held if held is None else held), *groups)
    return table.rename_axis("time_band").reset_index().astype({"time_band": "str"})


def refusals_in_all(answers: Answers) -> pd.DataFrame:
    """Measure the same for the whole county, unmatched packages included: one row."""
    groups = [None if frame is None else pd.Series("county", frame.index) for frame in _frames(answers)]
    return head_rows(measure_answers(answers, *groups), by="county")


def measure_answers(
    answers: Answers, offers_in: pd.Series | None, handbacks_in: pd.Series | None, held_in: pd.Series | None
) -> pd.DataFrame:
    """Measure refusals and handbacks by any grouping.

    Parameters
    ----------
    offers_in, handbacks_in, held_in
        The group of each row of ``answers``; None where the frame is.

    Returns
    -------
    DataFrame
        Indexed by group: ``offers``, ``accepted``, ``refused``, ``no_response`` (each a number of offers),
        ``packages_offered``; ``refused_share`` and ``no_response_share`` of offers; ``offers_per_accepted`` (offers ÷
        those accepted, offers of packages that nobody has taken yet among them; its interval is that of the accepted
        share turned over); ``handbacks``, ``packages_held`` (delivered at any time in the period) and
        ``handback_rate``, handbacks a 100 of those. Each with ``_low`` and ``_high``; NaN where the table is absent.
    """
    groups = [group for group in (offers_in, handbacks_in, held_in) if group is not None]
    index = pd.Index(sorted({str(code) for group in groups for code in group.dropna().unique()}), dtype="object")
    frame = pd.DataFrame(np.nan, index=index, columns=FIGURES)
    if answers.offers is not None and offers_in is not None:
        _put_offers(frame, answers.offers, offers_in)
    if answers.handbacks is not None and handbacks_in is not None and held_in is not None:
        packages = answers.held.groupby(held_in)["package_id"].nunique()
        frame["handbacks"] = handbacks_in.value_counts().reindex(index, fill_value=0)
        frame["packages_held"] = packages.reindex(index, fill_value=0)
        among = frame["packages_held"] / PER
        frame["handback_rate"] = frame["handbacks"] / among.where(among > 0)
        frame["handback_rate_low"], frame["handback_rate_high"] = rate_interval(frame["handbacks"], among)
    return frame


def _put_offers(frame: pd.DataFrame, offers: pd.DataFrame, group: pd.Series) -> None:
    frame["offers"] = group.value_counts().reindex(frame.index, fill_value=0)
    for response in (ACCEPTED, REFUSED, NO_RESPONSE):
        told = group[offers["response"] == response].value_counts()
        frame[response] = told.reindex(frame.index, fill_value=0)
    frame["packages_offered"] = offers.groupby(group)["package_id"].nunique().reindex(frame.index, fill_value=0)
    for response in (REFUSED, NO_RESPONSE):
        shares = add_share(frame, f"{response}_share", part=response, whole="offers")
        names = [f"{response}_share{end}" for end in ("", "_low", "_high")]
        frame[names] = shares[names]
    frame["offers_per_accepted"] = frame["offers"] / frame[ACCEPTED].where(frame[ACCEPTED] > 0)
    low, high = share_interval(frame[ACCEPTED], frame["offers"])
    frame["offers_per_accepted_low"] = 1 / np.where(high > 0, high, np.nan)
    frame["offers_per_accepted_high"] = 1 / np.where(frame[ACCEPTED] > 0, low, np.nan)


def count_reasons(answers: Answers) -> pd.DataFrame:
    """Count why work is refused and why it is handed back.

    Returns
    -------
    DataFrame
        ``what`` (refused or handback), ``reason`` ("unknown" where blank), ``times``, ``times_all`` (all refusals, or
        all handbacks), ``share`` with ``share_low``, ``share_high``; the most frequent first.
    """
    parts = []
    for what, frame in ((REFUSED, answers.offers), ("handback", answers.handbacks)):
        if frame is None:
            continue
        rows = frame[frame["response"] == REFUSED] if what == REFUSED else frame
        reasons = rows["reason"].astype("object").where(rows["reason"].notna(), UNKNOWN).value_counts()
        counted = reasons.rename_axis("reason").rename("times").reset_index()
        counted = counted.sort_values(["times", "reason"], ascending=[False, True])
        parts.append(counted.assign(what=what, times_all=int(reasons.sum())))
    columns = ["what", "reason", "times", "times_all"]
    empty = pd.DataFrame({"what": [], "reason": [], "times": [], "times_all": []})
    frame = pd.concat(parts, ignore_index=True)[columns] if parts else empty
    return add_share(frame.astype({"what": "str", "reason": "str"}), "share", part="times", whole="times_all")


def _frames(answers: Answers) -> tuple[pd.DataFrame | None, pd.DataFrame | None, pd.DataFrame]:
    return answers.offers, answers.handbacks, answers.held
