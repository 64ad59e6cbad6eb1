"""Factors on travel that a fit run found, taken up by a later run: read, held to the county, told plainly."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marketmap.errors import InputError, OutputError
from marketmap.outputs.files.folder import hash_file
from marketmap.outputs.files.origin import read_given
from marketmap.outputs.files.record import RunRecord
from marketmap.settings import Settings, settings_from_mapping

FACTORS_FILE = "internal/round_factors.toml"
INSIDE, OUTSIDE, SHARE = "blocks.factor_inside", "blocks.factor_outside", "swaps.near_share"
BLOCKS, SWAPS = "blocks", "swaps"
FIT_AGAIN = "Fit anew (make fit), or leave --factors out (in Make: FIT=none)."
UNSCALED = (
    "Travel is in unscaled model minutes, from each visit to the middle of its block or to the provider's nearest "
    "patch, not along rounds: marketmap rounds --fit (make fit) fits a factor on simulated rounds of the county, "
    "--factors uses it."
)


@dataclass(frozen=True)
class Factors:
    """What a fit run found, as ``run.json`` keeps it.

    Attributes
    ----------
    facts
        ``settings`` (``table.key`` to value), ``day`` (of the simulated rounds, ISO), ``off`` and ``sets`` (the mean
        absolute error as a share, and the held-out sets behind it, by `BLOCKS` and `SWAPS`); of a run that used them
        also ``fit`` (the name of the fit's folder), ``fitted`` (when) and ``sha256`` (of `FACTORS_FILE`).
    """

    facts: Mapping[str, Any]

    @property
    def settings(self) -> dict[str, float]:
        """Overrides for `marketmap.outputs.runs.batch.prepare`, with dotted keys."""
        return {str(name): float(value) for name, value in self.facts["settings"].items()}

    def describe_blocks(self) -> str:
        """Say what travel inside and outside blocks is scaled by, on what that was fitted and how far it is off."""
        inside, outside = self.settings[INSIDE], self.settings[OUTSIDE]
        both = f"{inside:g}" if inside == outside else f"{inside:g} inside blocks and {outside:g} outside"
        return f"Travel minutes are scaled by {both}, {self._source(BLOCKS)}."

    def describe_swaps(self) -> str:
        """Say the same of a swap list's estimate."""
        share = self.settings[SHARE]
        return f"A minute between a visit and its nearest two stands for {share:g} of travel, {self._source(SWAPS)}."

    def _source(self, kind: str) -> str:
        day = dt.date.fromisoformat(self.facts["day"])
        return (
            f"fitted on simulated rounds of {day.day} {day:%B %Y} ({self.facts.get('fit', 'this run')}) and off by "
            f"{float(self.facts['off'][kind]):.0%} on {int(self.facts['sets'][kind]):,} held-out sets"
        )


def read_factors(folder: Path, county_folder: Path, *, needed: str) -> Factors:
    """Read what a fit run found.

    Parameters
    ----------
    folder
        Its output folder.
    county_folder
        The county that the factors are to be used for.
    needed
        `BLOCKS` or `SWAPS`: what must have been found.

    Raises
    ------
    OutputError
        Where the folder holds no fit run, was purged or changed, is of another county, or found too few sets.
    InputError
        Where what was found is no valid setting.
    """
    record = read_given(folder, county_folder, given="factors")
    named = f"--factors: {folder}"
    path = folder / FACTORS_FILE
    if not path.is_file() or hash_file(path) != record.outputs.get(FACTORS_FILE) or "settings" not in record.factors:
        raise OutputError(
            f"{named}: {FACTORS_FILE} is not the one that the fit wrote. {FIT_AGAIN} Factors of your own go into the "
            "county's marketmap.toml."
        )
    found = Factors(
        {
            **record.factors,
            "fit": folder.resolve().name,
            "fitted": record.created,
            "sha256": record.outputs[FACTORS_FILE],
        }
    )
    if not any(name.startswith(f"{needed}.") for name in found.settings):
        raise OutputError(f"{named}: the fit had too few sets of visits to find a factor for {needed}. {FIT_AGAIN}")
    _, faults = settings_from_mapping(_nest(found.settings), file=Path(FACTORS_FILE).name)
    if faults:
        raise InputError(faults)
    return found


def find_factors(folder: Path, county_folder: Path, *, needed: str, plan: RunRecord | None = None) -> Factors | None:
    """Find the factors that a county's fit folder holds, else those that its plan was made with; None: neither.

    Parameters
    ----------
    folder, county_folder, needed
        As for `read_factors`; a folder that it would refuse holds none.
    plan
        Record of the plan that is to be made anew.
    """
    try:
        return read_factors(folder, county_folder, needed=needed)
    except (OutputError, InputError):
        return factors_of(plan)


def factors_of(record: RunRecord | None) -> Factors | None:
    """Take the factors that a run was made with; None where it had none from a fit."""
    return Factors(record.factors) if record is not None and "fit" in record.factors else None


def describe_scale(settings: Settings, factors: Factors | None) -> str:
    """Say in a sentence by what a plan's travel minutes are scaled, and where that is from."""
    if factors is not None:
        return factors.describe_blocks()
    inside, outside = settings.blocks.factor_inside, settings.blocks.factor_outside
    if inside == outside == 1.0:
        return UNSCALED
    both = f"{inside:g}" if inside == outside else f"{inside:g} inside blocks and {outside:g} outside"
    return f"Travel minutes are scaled by {both}, as the settings say ({INSIDE}, {OUTSIDE})."


def _nest(settings: Mapping[str, float]) -> dict[str, dict[str, float]]:
    nested: dict[str, dict[str, float]] = {}
    for name, value in settings.items():
        table, _, key = name.partition(".")
        nested.setdefault(table, {})[key] = value
    return nested
