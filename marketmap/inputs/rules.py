"""Row rules that the contracts share: order of dates, one line at a time, who must have a provider."""

from __future__ import annotations

import pandas as pd

from marketmap.inputs.columns import Rule

WITHOUT_PROVIDER = ("waiting", "withdrawn")
LONGEST_VISIT = pd.Timedelta(days=7)


def ends_after(start: str, end: str) -> Rule:
    """Rule that ``end`` is not before ``start``; both are dates or moments."""

    def broken(frame: pd.DataFrame) -> pd.Series:
        return frame[end] < frame[start]

    return Rule(end, f"before {start}", "Correct one of the two", broken)


def has_provider_unless_waiting() -> Rule:
    """Rule that ``provider_id`` is blank only while a package waits or was withdrawn."""

    def broken(frame: pd.DataFrame) -> pd.Series:
        return frame["provider_id"].isna() & frame["status"].notna() & ~frame["status"].isin(WITHOUT_PROVIDER)

    return Rule(
        "provider_id",
        "blank although the package is neither waiting nor withdrawn",
        "Give the provider, or correct the status",
        broken,
    )


def one_line_at_a_time() -> Rule:
    """Rule that a package has at most one line for any day (`overlapping_lines`)."""
    return Rule(
        "package_id",
        "the same package_id on more than one row for the same days",
        "Keep one row, or give the rows effective_from and effective_to that do not overlap",
        overlapping_lines,
    )


def overlapping_lines(lines: pd.DataFrame) -> pd.Series:
    """Say which dated lines share a day with another line of the same package.

    A line holds from ``effective_from`` (blank: always) up to but not including ``effective_to`` (blank:
    for good). A line that holds on no day overlaps nothing.

    Parameters
    ----------
    lines
        ``package_id``, ``effective_from``, ``effective_to``; any index.

    Returns
    -------
    pandas.Series
        Boolean, indexed like ``lines``.
    """
    always, for_good = pd.Timestamp("1000-01-01"), pd.Timestamp("9999-12-31")
    spans = pd.DataFrame(
        {
            "package_id": lines["package_id"],
            "start": lines["effective_from"].fillna(always),
            "end": lines["effective_to"].fillna(for_good),
        }
    )
    spans = spans[spans["package_id"].notna() & (spans["start"] < spans["end"])]
    spans = spans.sort_values(["package_id", "start"], kind="stable")
    by_package = spans.groupby("package_id", sort=False)
    latest_end = by_package["end"].cummax().groupby(spans["package_id"], sort=False).shift()
    overlaps = (spans["start"] < latest_end) | (spans["end"] > by_package["start"].shift(-1))
    return overlaps.reindex(lines.index, fill_value=False)


def one_of_two(first: str, second: str) -> Rule:
    """Rule that exactly one of two cells is filled."""

    def broken(frame: pd.DataFrame) -> pd.Series:
        return frame[first].isna() == frame[second].isna()

    return Rule(first, f"exactly one of {first} and {second} must be filled", "Fill one and clear the other", broken)


def latest_after_earliest() -> Rule:
    """Rule that a call's ``latest`` is not before ``earliest``, save at night, which passes midnight."""

    def broken(frame: pd.DataFrame) -> pd.Series:
        given = frame["earliest"].notna() & frame["latest"].notna() & (frame["time_band"] != "night")
        return given & (frame["latest"].fillna("") < frame["earliest"].fillna(""))

    return Rule("latest", "before earliest", "Correct one of the two", broken)


def shorter_than_a_week(start: str, end: str) -> Rule:
    """Rule that no visit lasts over seven days, which is a mistyped date."""

    def broken(frame: pd.DataFrame) -> pd.Series:
        return frame[end] - frame[start] > LONGEST_VISIT

    return Rule(end, f"more than seven days after {start}", "Correct one of the two", broken)
