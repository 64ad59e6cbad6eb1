"""The gaps between one carer's consecutive visits, as call monitoring saw them, and which of them may be a journey."""

from __future__ import annotations

import numpy as np
import pandas as pd

from marketmap.errors import Fault, SettingsError
from marketmap.inputs.columns import LONDON
from marketmap.settings import SETTINGS_FILE, CalibrationSettings
from marketmap.travel.network import Flags, Floats, Ints

CAME = ("delivered", "frustrated")
AUTOMATIC = "auto"
PEAK = "peak"
SCENARIOS = ("offpeak", PEAK, "night")
_SATURDAY = 5
_MINUTES_IN_DAY = 1440

# Why a gap is not used, in the order in which reasons are looked for.
NO_TIME = "a log-in or log-out is missing"
NOT_AUTOMATIC = "not logged automatically at both ends"
CLOCK_CHANGE = "in the hour that comes twice when the clocks go back"
OVERLAP = "the visits overlap"
NO_PLACE = "no place is known for one end"
SAME_DOOR = "both visits are at one postcode"
VISIT_BETWEEN = "a visit between them was missed or cancelled: the carer may have gone there"
TOO_LONG = "longer than longest_gap_minutes"
COUNTED = "the second carer of a pair: the journey is counted once"


def observe_gaps(visits: pd.DataFrame, *, settings: CalibrationSettings) -> pd.DataFrame:
    """List the gap between each attendance and the same carer's next one.

    A carer is known by ``provider_id`` and ``carer_id``. Attendances follow one another by log-in time; elapsed
    time is real time, so a gap across a change of the clocks is as long as it was. Winter cannot be told from one
    week, so gaps are of the scenarios peak, offpeak and night only, by the clock when the carer left; the weekend has
    no peak.

    Parameters
    ----------
    visits
        One row for each carer's attendance, as `Tables.visits` holds them, with ``postcode``, ``easting`` and
        ``northing`` (EPSG:27700 metres) of every visit filled in where they are known. Moments without a time zone
        are taken as Europe/London, the first of two like-named hours.
    settings
        Clock times of the scenarios, and the longest gap.

    Returns
    -------
    DataFrame
        One row for each pair: ``provider_id``, ``carer``, ``day`` (the local date of leaving), ``from_postcode``,
        ``to_postcode``, ``from_easting``, ``from_northing``, ``to_easting``, ``to_northing``, ``leave``,
        ``arrive``, ``gap_minutes``, ``late_minutes`` (how long after its planned end the first visit was left),
        ``allowed_minutes`` (from leaving to the planned start of the second; negative when that had passed),
        ``scenario``, ``usable`` and ``reason`` (blank where usable).

    Raises
    ------
    SettingsError
        When a clock time in the settings cannot be read.
    """
    clock = _clock_times(settings)
    rows = _attendances(visits)
    came = rows[rows["status"].isin(CAME)].reset_index(drop=True)
    if came.empty:
        came = came.assign(reached=came["end"])
    else:
        came["reached"] = came.groupby("carer", sort=False)["end"].cummax()
    follows = (came["carer"] == came["carer"].shift(-1)).to_numpy()
    one, two = came[follows].reset_index(drop=True), came.shift(-1)[follows].reset_index(drop=True)
    minutes = (two["start"] - one["end"]).dt.total_seconds() / 60.0
    gaps = pd.DataFrame(
        {
            "provider_id": one["provider_id"],
            "carer": one["carer"],
            "day": one["end"].dt.tz_localize(None).dt.normalize(),
            "from_postcode": one["postcode"],
            "to_postcode": two["postcode"],
            "from_easting": one["easting"],
            "from_northing": one["northing"],
            "to_easting": two["easting"].astype(float),
            "to_northing": two["northing"].astype(float),
            "leave": one["end"],
            "arrive": two["start"],
            "gap_minutes": minutes,
            "late_minutes": (one["end"] - one["planned_end"]).dt.total_seconds() / 60.0,
            "allowed_minutes": (two["planned"] - one["end"]).dt.total_seconds() / 60.0,
            "scenario": _scenario(one["end"], clock),
        }
    )
    reason = np.select(
        [
            minutes.isna(),
            (one["verification"] != AUTOMATIC) | (two["verification"] != AUTOMATIC),
            _comes_twice(one["end"]) | _comes_twice(two["start"]),
            (minutes < 0) | (one["reached"] > one["end"]),
            gaps[["from_easting", "from_northing", "to_easting", "to_northing"]].isna().any(axis=1),
            _same_door(gaps),
            _absent_between(rows, one, two),
            minutes > settings.longest_gap_minutes,
        ],
        [NO_TIME, NOT_AUTOMATIC, CLOCK_CHANGE, OVERLAP, NO_PLACE, SAME_DOOR, VISIT_BETWEEN, TOO_LONG],
        default="",
    ).astype(object)
    reason[_second_of_pair(one, two, reason == "")] = COUNTED
    return gaps.assign(usable=reason == "", reason=reason)


def _attendances(visits: pd.DataFrame) -> pd.DataFrame:
    """Take what is needed of the visits, in order of carer and time."""
    start, end = _in_london(visits["actual_start"]), _in_london(visits["actual_end"])
    planned = _in_london(visits["planned_start"])
    names = visits["provider_id"].astype("str").fillna("") + " " + visits["carer_id"].astype("str").fillna("")
    rows = pd.DataFrame(
        {
            "provider_id": visits["provider_id"].astype(object),
            "carer": names,
            "package_id": visits["package_id"].astype(object),
            "status": visits["status"].astype(object),
            "verification": visits["verification"].astype(object),
            "postcode": visits["postcode"].astype(object),
            "easting": visits["easting"].astype(float),
            "northing": visits["northing"].astype(float),
            "planned": planned,
            "planned_end": _in_london(visits["planned_end"]),
            "start": start,
            "end": end,
            "when": start.fillna(planned),
        }
    )
    return rows.sort_values(["carer", "when", "planned"], kind="stable", ignore_index=True)


def _in_london(moments: pd.Series) -> pd.Series:
    """Give moments as Europe/London time, to the microsecond."""
    found = pd.to_datetime(moments)
    if found.dt.tz is None:
        first = np.ones(len(found), dtype=bool)
        found = found.dt.tz_localize(LONDON, ambiguous=first, nonexistent="NaT")
    return found.dt.tz_convert(LONDON).dt.as_unit("us")


def _comes_twice(moments: pd.Series) -> pd.Series:
    local = moments.dt.tz_localize(None)
    once = local.dt.tz_localize(LONDON, ambiguous="NaT", nonexistent="NaT")
    return pd.Series(local.notna() & once.isna(), index=moments.index)


def _same_door(gaps: pd.DataFrame) -> pd.Series:
    one_place = (gaps["from_easting"] == gaps["to_easting"]) & (gaps["from_northing"] == gaps["to_northing"])
    return one_place | (gaps["from_postcode"].notna() & (gaps["from_postcode"] == gaps["to_postcode"]))


def _absent_between(rows: pd.DataFrame, one: pd.DataFrame, two: pd.DataFrame) -> Flags:
    """Whether the same carer was to make another visit between two, which nobody made."""
    absent = rows[~rows["status"].isin(CAME)]
    carers = pd.Index(rows["carer"].unique())
    first = rows["planned"].min()
    span = int((rows["planned"].max() - first).total_seconds()) + 1 if len(rows) else 1

    def key(frame: pd.DataFrame) -> Ints:
        since = (frame["planned"] - first).dt.total_seconds().fillna(0.0).to_numpy()
        return np.asarray(carers.get_indexer(pd.Index(frame["carer"])) * span + since.astype(np.int64))

    keys, before, after = np.sort(key(absent)), key(one), key(two)
    low = np.searchsorted(keys, np.minimum(before, after), side="left")
    high = np.searchsorted(keys, np.maximum(before, after), side="right")
    return np.asarray(high > low)


def _second_of_pair(one: pd.DataFrame, two: pd.DataFrame, usable: Flags) -> Flags:
    """Whether a usable gap is the same journey as one before it: two carers going together between two visits."""
    journey = pd.DataFrame(
        {
            "from": one["package_id"],
            "left": one["planned"],
            "to": two["package_id"],
            "came": two["planned"],
        }
    )
    second = np.zeros(len(one), dtype=bool)
    second[usable] = journey[usable].duplicated().to_numpy()
    return second


def _clock_times(settings: CalibrationSettings) -> dict[str, list[tuple[int, int]]]:
    """Minutes of the day from and to which a scenario holds."""
    faults: list[Fault] = []

    def read(text: str, name: str) -> int:
        hours, _, minutes = text.partition(":")
        if hours.isdigit() and minutes.isdigit() and int(hours) * 60 + int(minutes) <= _MINUTES_IN_DAY:
            return int(hours) * 60 + int(minutes)
        faults.append(Fault(SETTINGS_FILE, f'"{text}" is not a time of day', "Write 07:30", f"calibration.{name}"))
        return 0

    found = {
        "peak": [(read(begin, "peak"), read(end, "peak")) for begin, end in settings.peak],
        "night": [(read(settings.night[0], "night"), read(settings.night[1], "night"))],
    }
    if faults:
        raise SettingsError(faults)
    return found


def _scenario(moments: pd.Series, clock: dict[str, list[tuple[int, int]]]) -> np.ndarray:
    minute = (moments.dt.hour * 60 + moments.dt.minute).to_numpy(dtype=float)
    weekend = (moments.dt.dayofweek >= _SATURDAY).to_numpy(dtype=bool)
    peak = _within(minute, clock["peak"]) & ~weekend
    return np.select([_within(minute, clock["night"]), peak], ["night", "peak"], default="offpeak").astype(object)


def _within(minute: Floats, spans: list[tuple[int, int]]) -> Flags:
    inside = np.zeros(len(minute), dtype=bool)
    for begin, end in spans:
        if begin <= end:
            inside |= (minute >= begin) & (minute < end)
        else:  # past midnight
            inside |= (minute >= begin) | (minute < end)
    return inside
