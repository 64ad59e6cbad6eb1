"""Fitted factors as settings to paste: every scenario, so that none is left on speeds that the others have left."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from marketmap.settings import JUNCTION, OTHER, Figure, TravelSettings, figures
from marketmap.travel.calibration.factors import ANY_HOUR, AREAS, FITTED, Calibration
from marketmap.travel.network import OFF_PEAK

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_LEAST = 0.001  # what is written has three decimals, and a factor is above 0


@dataclass(frozen=True)
class _Fit:
    """A fitted factor: outside and inside built-up areas, on junctions, and in words."""

    pair: tuple[float, float]
    junction: float
    words: str


def write_scenarios(found: Calibration, *, travel: TravelSettings, caveats: Sequence[str] = ()) -> str:
    """Write every scenario of the settings as TOML to paste, each with where its factors come from.

    A scenario that was not fitted keeps what sets it apart from off-peak now, on top of the fitted off-peak factors:
    fitted factors are on the network's own speeds, so with off-peak alone replaced the peak would come out quicker
    than off-peak. Where off-peak was not fitted, the factor for all hours together stands for it. Pasted once
    and fitted again, the same data give the same text.

    Parameters
    ----------
    found
        The fit.
    travel
        The scenarios as they are now; which one is in use is left alone.
    caveats
        What the reader must know, a sentence each, written above the settings.

    Returns
    -------
    str
        TOML, with comments only where neither off-peak nor all hours together were fitted.
    """
    fits = dict(_fits(found))
    lines = [
        "# Factors on driving time, [outside, inside] built-up areas, from call monitoring.",
        "# Paste all of it into the county's settings file, in place of the scenarios of these names.",
        *(f"# Mind: {_one_line(caveat)}" for caveat in [*caveats, *found.doubts()]),
    ]
    base = fits.get(OFF_PEAK) or fits.get(ANY_HOUR)
    if base is None:
        status = found.table[found.table["area"] == "all"].set_index("scenario")["status"]
        lines += [
            "",
            f"# Nothing to paste: neither {OFF_PEAK} nor all hours together have a factor to build on.",
            *(f"# {name}: {_one_line(text)}" for name, text in status.items()),
        ]
        return "\n".join(lines) + "\n"
    now = travel.scenarios
    for name, factors in now.items():
        if name in fits:
            words = fits[name].words
            written: dict[str, Figure] = {OTHER: fits[name].pair, JUNCTION: fits[name].junction}
        else:
            written = _on_top(factors, now.get(OFF_PEAK, {}), base)
            words = "assumed: the factor for all hours together"
            if name != OFF_PEAK:
                of_base = "fitted off-peak one" if OFF_PEAK in fits else "one for all hours together"
                words = f"assumed: the present factor on top of the {of_base}"
        lines += ["", f"# {words}", f"[travel.scenarios.{_key(name)}]"]
        lines += [f"{_key(road)} = {_value(figure)}" for road, figure in written.items()]
    return "\n".join(lines) + "\n"


def _fits(found: Calibration) -> Iterator[tuple[str, _Fit]]:
    for name, rows in found.table.groupby("scenario", sort=False):
        of_area = rows.set_index("area")
        factor, status = of_area["factor"].to_dict(), of_area["status"].to_dict()
        if status["all"] != FITTED:
            continue
        outside, inside = (float(factor[area if status[area] == FITTED else "all"]) for area in AREAS[1:])
        whole = of_area.loc["all"]
        words = (
            f"fitted: {whole['factor']:.3f} ({whole['factor_low']:.3f} to {whole['factor_high']:.3f}) on all roads, "
            f"from {whole['gaps_fitted']:,} gaps"
        )
        yield str(name), _Fit((outside, inside), float(factor["all"]), words)


def _on_top(factors: Mapping[str, Figure], off_peak: Mapping[str, Figure], base: _Fit) -> dict[str, Figure]:
    """Put what sets a scenario apart from off-peak now on top of the fitted off-peak factors."""
    named = [OTHER, *sorted(({*factors} | {*off_peak}) - {OTHER, JUNCTION})]
    made: dict[str, Figure] = {}
    for road in named:
        ratio = [one / other for one, other in zip(_factor(factors, road), _factor(off_peak, road), strict=True)]
        made[road] = (base.pair[0] * ratio[0], base.pair[1] * ratio[1])
    made[JUNCTION] = base.junction * figures(factors.get(JUNCTION, 1.0))[0] / figures(off_peak.get(JUNCTION, 1.0))[0]
    return made


def _factor(factors: Mapping[str, Figure], road: str) -> tuple[float, float]:
    return figures(factors.get(road, factors.get(OTHER, 1.0)))


def _value(figure: Figure) -> str:
    written = [f"{max(value, _LEAST):.3f}" for value in figures(figure)]
    return f"[{', '.join(written)}]" if isinstance(figure, tuple) else written[0]


def _key(name: str) -> str:
    """Write a TOML key, in quotes unless it is plain: JSON's escapes are TOML's, but for the delete character."""
    if _BARE_KEY.fullmatch(name):
        return name
    return json.dumps(name, ensure_ascii=False).replace("\x7f", "\\u007f")


def _one_line(text: str) -> str:
    """Text that cannot end a comment or break it: every control character made a blank."""
    return "".join(letter if letter.isprintable() else " " for letter in str(text))
