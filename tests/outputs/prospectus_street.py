"""The prospectus of the mixed street, with boxes for zones and names that attack wherever names from data can stand."""

from __future__ import annotations

import dataclasses
import functools

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from marketmap.blocks import Plan
from marketmap.inputs.county import Tables
from marketmap.outputs.files.notices import notices_of
from marketmap.outputs.gate.disclosure import encode_public_page, encode_public_table
from marketmap.outputs.plans.prospectus import describe_blocks, explain_rules
from marketmap.outputs.plans.prospectus_page import write_page
from marketmap.outputs.schema.full import PROSPECTUS
from marketmap.settings import DisclosureSettings
from tests.blocks.mixed_street import mixed_plan
from tests.outputs.factory import HOSTILE_NAMES, make_record

RULES = DisclosureSettings()
HOSTILE = HOSTILE_NAMES[0] + HOSTILE_NAMES[2]


@functools.cache
def crowded() -> tuple[Plan, Tables]:
    """The mixed plan with four packages where there was one, so that blocks hold enough people to be spoken of."""
    plan = mixed_plan()
    tables = plan.case.tables

    def crowd(packages: pd.DataFrame) -> pd.DataFrame:
        parts = [
            packages.assign(
                package_id=packages["package_id"] + f"x{copy}",
                hours_week=packages["hours_week"].astype(float) / 4,
                visits_week=packages["visits_week"].astype(float) / 4,
                needs="dementia" if copy < 3 else "ventilator",
                carers_required=2 if copy == 0 else 1,
            )
            for copy in range(4)
        ]
        return pd.concat(parts, ignore_index=True)

    names = {f"Care company {name}": HOSTILE_NAMES[0] for name in "ABCD"}
    providers = tables.providers.assign(provider_name=tables.providers["provider_name"].map(names))
    model = dataclasses.replace(plan.case.model, members=crowd(plan.case.model.members))
    members = dataclasses.replace(
        plan,
        case=dataclasses.replace(plan.case, model=model),
        proposals=plan.proposals.assign(district_name=HOSTILE),
    )
    return members, dataclasses.replace(tables, packages=crowd(tables.packages), providers=providers)


@functools.cache
def box_zones() -> gpd.GeoDataFrame:
    plan, tables = crowded()
    places = tables.county_postcodes.join(plan.postcodes.set_index("postcode")["block_id"])
    boxes = {
        name: shapely.box(part["easting"].min() - 150, -400.0, part["easting"].max() + 150, 400.0)
        for name, part in places.groupby("block_id")
    }
    return gpd.GeoDataFrame({"block_id": list(boxes)}, geometry=list(boxes.values()), crs=27700)


def street_areas() -> gpd.GeoDataFrame:
    west, south, east, north = box_zones().total_bounds
    middle = (west + east) / 2
    halves = [shapely.box(west - 9e3, south - 9e3, middle, north + 9e3),
              shapely.box(middle, south - 9e3, east + 9e3, north + 9e3)]  # fmt: skip
    return gpd.GeoDataFrame(
        {
            "area_code": ["LE15 0", "LE15 1", "E06"],
            "area_name": ["", "", HOSTILE],
            "area_type": ["sector"] * 2 + ["district"],
        },
        geometry=[*halves, shapely.union_all(halves)],
        crs=27700,
    )


def describe_street(rules: DisclosureSettings = RULES) -> pd.DataFrame:
    plan, tables = crowded()
    return describe_blocks(plan, tables, zones=box_zones(), basis="Made up.", rules=rules)


def street_files(rules: DisclosureSettings = RULES) -> tuple[bytes, bytes]:
    """The CSV and the page."""
    blocks = describe_street(rules)
    page = write_page(
        blocks,
        zones=box_zones(),
        areas=street_areas(),
        county=HOSTILE,
        date="Data as of 28 September 2026",
        notices=notices_of(make_record()),
        basis="Made up.",
        rules=explain_rules(rules, assumed_mix=True),
    )
    return encode_public_table(blocks, PROSPECTUS), encode_public_page(page, path="public/prospectus.html")


def round_half_up(value: float, step: int = RULES.round_to) -> int:
    return int(np.floor(value / step + 0.5)) * step
