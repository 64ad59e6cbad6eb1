"""What the README of a sample says: what was planted, what came out, and what it is not."""

from __future__ import annotations

import textwrap
from datetime import date
from operator import attrgetter

import numpy as np

from marketmap.inputs.market_contracts import ACCEPTED
from marketmap.inputs.sample.places import Ground
from marketmap.inputs.sample.settings import SampleSettings
from marketmap.inputs.sample.tables import SampleTables

LARGEST_COMPANIES = 20
WIDTH = 110


def describe_sample(tables: SampleTables, ground: Ground, *, name: str, seed: int, settings: SampleSettings) -> str:
    """Write the sample's README: figures planted beside figures achieved, then every parameter with its source."""
    measured = measure_sample(tables, ground, settings=settings)
    scale = measured["packages"] / settings.reference_packages
    rows = [
        ("packages in force (active, suspended, waiting)", "", f"{measured['packages']:,.0f}"),
        ("contact hours a week", f"{settings.reference_hours_week * scale:,.0f}", f"{measured['hours']:,.0f}"),
        ("client visits a week", f"{settings.reference_visits_week * scale:,.0f}", f"{measured['visits']:,.0f}"),
        ("packages double-handed", f"{settings.double_handed_share:.1%}", f"{measured['double']:.1%}"),
        ("packages waiting", f"{settings.waiting_share:.1%}", f"{measured['waiting']:.1%}"),
        ("hours held by the 20 largest companies", "about two thirds at 70", f"{measured['largest']:.1%}"),
        (
            "participating capacity of all carer hours",
            f"{settings.participating_capacity:.1%}",
            f"{measured['capacity']:.1%}",
        ),
        (
            "providers at work in a sector, mean",
            f"patch_overlap {settings.patch_overlap:g}",
            f"{measured['providers_sector']:.1f}",
        ),
        ("planned travel, minutes a contact hour", "11.7 at overlap 1.0", f"{measured['travel']:.1f}"),
        ("postcodes with a package", "", f"{measured['postcodes']:,.0f}"),
        ("packages that cannot be placed", f"{settings.unplaceable_share:.2%}", f"{measured['unplaced']:,.0f}"),
        ("call monitoring rows", "", f"{len(tables.visits):,}"),
        ("dated lines", "", f"{len(tables.packages):,}"),
        ("offers to providers", "", f"{len(tables.market.offers):,}"),
        ("offers refused or not answered", "", f"{measured['not_taken']:.1%}"),
        ("packages handed back in the year", "", f"{len(tables.market.handbacks):,}"),
        ("referrals to reablement a week", f"100-125 × {scale:.2g}", f"{measured['referrals']:.1f}"),
        ("  of them starting", f"60-70 × {scale:.2g}", f"{measured['starting']:.1f}"),
        ("community assets", "", f"{len(tables.market.assets):,}"),
    ]
    width = max(len(row[0]) for row in rows)
    figures = "\n".join(f"  {what:<{width}}  {planted:>24}  {got:>10}" for what, planted, got in rows)
    parameters = "\n".join(
        _wrap(f"{key} = {_show(attrgetter(key)(settings))}", indent=2) + "\n" + _wrap(source, indent=4)
        for key, source in settings.list_sources().items()
        if key != "counties"
    )
    return (
        f"Synthetic county: {name}, seed {seed}\n\n"
        "Every package, person, provider, carer, visit, offer, rate, referral, library and hall in this folder is\n"
        "made up. Only the postcodes are real; they were drawn at random. Any saving found here follows from the\n"
        f"overlap planted here (patch_overlap = {settings.patch_overlap}); it is not evidence about any council.\n"
        "Areas are approximate: they are drawn from the postcodes.\n\n"
        "In the packages table a row's status is the state while the row held: a package that has ended has an\n"
        "end_date and an effective_to in the past.\n\n"
        f"  {'':<{width}}  {'planted':>24}  {'achieved':>10}\n{figures}\n\n"
        f"Parameters and their sources\n{parameters}\n\n"
        "Postcodes: contains OS data (c) Crown copyright and database right 2025. Contains Royal Mail data (c) Royal\n"
        "Mail copyright and database right 2025. Contains National Statistics data (c) Crown copyright and database\n"
        "right 2025. Licensed under the Open Government Licence v3.0.\n"
    )


def _show(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else repr(value)


def _wrap(text: str, *, indent: int) -> str:
    margin = " " * indent
    return textwrap.fill(text, WIDTH, initial_indent=margin, subsequent_indent=margin + "  ")


def measure_sample(tables: SampleTables, ground: Ground, *, settings: SampleSettings) -> dict[str, float]:
    """Measure the figures of the README from the tables as they are written."""
    snapshot = settings.snapshot_date.isoformat()
    lines = tables.packages
    current = lines[
        (lines["effective_from"] <= snapshot) & ((lines["effective_to"] == "") | (lines["effective_to"] > snapshot))
    ]
    carer_hours = current["hours_week"] * current["carers_required"]
    providers = tables.providers.set_index("provider_id")
    company = current["provider_id"].map(providers["company_id"])
    by_company = current.groupby(company)["hours_week"].sum().sort_values(ascending=False)
    joined = tables.participation["provider_id"].unique()
    held = carer_hours[current["provider_id"].isin(joined)].sum()
    room = providers.loc[joined, ["hours_spare_week", "max_growth_hours_13w"]].to_numpy().sum()
    held_by = current[current["provider_id"] != ""]
    delivered = tables.planned["minutes"].to_numpy(float) * tables.planned["carers"].to_numpy(float)
    driven = tables.planned["travel"].to_numpy(float) * tables.planned["carers"].to_numpy(float)
    return {
        "packages": float(len(current)),
        "hours": float(current["hours_week"].sum()),
        "visits": float(current["visits_week"].sum()),
        "double": float((current["carers_required"] > 1).mean()),
        "waiting": float((current["status"] == "waiting").mean()),
        "largest": float(by_company.iloc[:LARGEST_COMPANIES].sum() / max(by_company.sum(), 1e-9)),
        "capacity": float((held + room) / carer_hours.sum()),
        "providers_sector": float(held_by.groupby(held_by["postcode"].str[:-2])["provider_id"].nunique().mean()),
        "travel": float(driven.sum() / max(delivered.sum() / 60, 1e-9)),
        "postcodes": float(current["postcode"].nunique()),
        "not_taken": float((tables.market.offers["response"] != ACCEPTED).mean()),
        "referrals": len(tables.market.reablement) / settings.history_weeks,
        "starting": float((tables.market.reablement["start_date"] != "").sum()) / settings.history_weeks,
        "unplaced": float(np.sum(~current["postcode"].isin(ground.frame["postcode"]))),
    }
