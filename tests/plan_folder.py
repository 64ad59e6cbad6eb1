"""A tiny county and a plan for it, written by plain code that shares nothing with the program.

Twelve postcodes stand along one road, a minute apart. Two blocks are proposed, one is already let, two postcodes
are left to spot purchase. A test changes a `Draft` and writes it: every file then tells the same wrong story,
so that only the check that is meant can notice. `edit_table` changes one file afterwards.
"""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Callable
from pathlib import Path

from marketmap.check.written import CONTRACT
from marketmap.settings import Settings, settings_to_mapping
from tests import plan_choices
from tests.plan_files import (
    ABROAD,
    BASE_MINUTES,
    DISTRICT,
    ELIGIBLE,
    NEIGHBOURS,
    OUTSIDE_MINUTES,
    POINTS,
    POSTCODES,
    PROPOSALS,
    ROAD,
    SNAPSHOT,
    STEP_MINUTES,
    UNPLACED,
    Row,
    Tables,
    digest,
    encode,
    encode_toml,
    package,
    write_directory,
)


class Draft:
    """The county's tables and the plan's decisions; `write` derives everything else from them."""

    def __init__(self) -> None:
        self.packages: list[Row] = [
            package(1, 0, 10, 14, "V1"),
            package(2, 1, 8, 14, "V2", price_hour=26),
            package(3, 1, 6, 7, "V1", carers_required=2, needs="dementia"),
            package(4, 1, 5, 7, "V2", do_not_move="yes"),
            package(5, 2, 4, 7, ""),
            package(6, 4, 6, 7, "V2", person_id="R01", funding="chc"),
            package(7, 6, 3, 3.5, "V1"),
            package(8, 7, 12, 14, "V2"),
            package(9, 8, 16, 21, "V2"),
            package(10, 11, 7, 7, "V6"),
            package(11, 5, 5, 7, "V6"),
            package(12, 9, 2, 7, ""),
            package(13, 3, 40, 1, "V1", service_type="live_in"),
            package(14, 0, 50, 50, "V6", effective_to="2025-01-01"),
            package(14, 0, 3, 7, "V6", effective_from="2025-01-01", person_id=""),
            package(15, "ZZ9 9ZZ", 4, 7, "V1"),
            package(16, ABROAD, 4, 7, "V1"),
        ]
        columns = "provider_id provider_name postcode hours_spare_week company_id cqc_rating max_growth_hours_13w "
        columns += "price_hour services on_framework placements_suspended"
        self.providers: list[Row] = [
            dict(zip(columns.split(" "), values, strict=True))
            for values in (
                ("V1", "First Care", ROAD[0], 10, "C1", "Good", 8, 25, "dementia;double_handed", "yes", "no"),
                ("V2", "=Second()", ROAD[7], 0, "C2", "Good", "", 27, "", "yes", "no"),
                ("V3", "Third Care", ROAD[5], 90, "C3", "Good", "", 22, "", "yes", "yes"),
                ("V4", "Fourth Care", ROAD[5], 90, "C4", "Inadequate", "", 22, "double_handed", "yes", "no"),
                ("V5", "Fifth Care", ROAD[5], 90, "C5", "Not rated", "", 22, "", "no", "no"),
                ("V6", "Sixth Care", ROAD[11], 90, "", "Good", "", "", "", "yes", "no"),
            )
        ]
        self.participation: list[Row] | None = [
            {"provider_id": name, "area_code": area, "max_block_hours": most, "valid_from": start}
            for name, area, most, start in (
                ("V1", "", 100, "2025-01-01"),
                ("V2", "GL1 2", "", ""),
                ("V3", DISTRICT, "", ""),
                ("V4", DISTRICT, "", ""),
                ("V5", "GL1 1", "", ""),
                ("V6", "", "", "2026-01-01"),
            )
        ]
        self.let: list[Row] = [
            {
                "block_id": "K1",
                "provider_id": "V6",
                "guaranteed_hours_week": 9,
                "start_date": "2024-10-01",
                "status": "active",
                "price_hour": 27,
            }
        ]
        self.let_areas: list[Row] = [{"block_id": "K1", "postcode": name, "sector": ""} for name in ROAD[10:]]
        self.blocks: dict[str, Row] = {
            "B001": {"status": "proposed", "provider": "V1", "centre": 1, "places": [0, 1, 2, 3, 4]},
            "B002": {"status": "proposed", "provider": "V2", "centre": 7, "places": [6, 7, 8]},
            "K1": {"status": "existing", "provider": "V6", "centre": 10, "places": [10, 11]},
        }
        self.locks: list[Row] = []
        self.settings = settings_to_mapping(Settings())
        self.settings["county"] |= {"name": "Tiny", "district_codes": [DISTRICT], "snapshot_date": SNAPSHOT}
        self.settings["postcodes"]["file"] = "onspd.csv"
        self.settings["blocks"] |= {"min_hours": 30.0, "max_hours": 60.0, "share_cap": 0.6}
        self.settings["blocks"]["excluded_ratings"] = ["Inadequate"]
        self.lower_bound_share = 0.9
        self.fixed_moves = False  # True: the do_not_move package is counted as though it could move
        self.changes: list[Callable[[Tables], None]] = []  # made to the tables before they are written

    # -- what the plan's files say --------------------------------------------------------------------------

    def block_of(self, postcode: str) -> str:
        """Block that a postcode is in, or spot."""
        place = ROAD.index(postcode)
        return next((name for name, block in self.blocks.items() if place in block["places"]), "spot")

    def movable(self, *, fixed: bool = False) -> list[Row]:
        """Packages that blocks may place, or with ``fixed`` those that may not move."""
        rows = [row for row in self.packages if row["postcode"] in ROAD and row["service_type"] == "home_care"]
        rows = [row for row in rows if not row["effective_to"]]
        return [row for row in rows if (row["do_not_move"] == "yes" and not self.fixed_moves) == fixed]

    def _usual_price(self) -> float:
        rows = [row for row in self.movable() if row["price_hour"] != ""]
        carer = [row["hours_week"] * row["carers_required"] for row in rows]
        return sum(row["price_hour"] * hours for row, hours in zip(rows, carer, strict=True)) / sum(carer)

    def points(self) -> list[Row]:
        """Rows of block_points.csv."""
        weights = self.settings["blocks"]
        rows = []
        for place, postcode in enumerate(ROAD):
            here = [row for row in self.movable() if row["postcode"] == postcode]
            if not here:
                continue
            name = self.block_of(postcode)
            carer = [row["hours_week"] * row["carers_required"] for row in here]
            visits = [row["visits_week"] * row["carers_required"] for row in here]
            active = sum(v for row, v in zip(here, visits, strict=True) if row["provider_id"])
            wait = sum(row["hours_week"] for row in here if not row["provider_id"])
            waiting = sum(h for row, h in zip(here, carer, strict=True) if not row["provider_id"])
            point = {
                "postcode": postcode,
                "block_id": name,
                "centre_postcode": "",
                "district_code": DISTRICT,
                "packages": len(here),
                "people": len({row["person_id"] or row["package_id"] for row in here}),
                "contact_hours": sum(row["hours_week"] for row in here),
                "carer_hours": sum(carer),
                "carer_visits": sum(visits),
                "hours_waiting": wait,
                "minutes_outside": OUTSIDE_MINUTES if active else 0.0,
                "cost_outside": active * OUTSIDE_MINUTES + weights["unserved_minutes_hour"] * waiting,
                "active_visits": active,
            }
            if name != "spot":
                block = self.blocks[name]
                provider = block["provider"]
                held = sum(h for row, h in zip(here, carer, strict=True) if row["provider_id"] == provider)
                minutes = abs(place - block["centre"]) * STEP_MINUTES
                price = next(row["price_hour"] for row in self.providers if row["provider_id"] == provider)
                above = max(0.0, price - self._usual_price()) if price != "" else 0.0
                point |= {
                    "centre_postcode": ROAD[block["centre"]],
                    "carer_hours_held": held,
                    "minutes_to_centre": minutes,
                    "cost_travel": sum(visits) * minutes,
                    "cost_rounds": 2 * sum(carer) / weights["round_hours"] * BASE_MINUTES[provider],
                    "cost_moves": weights["move_minutes_hour"] * (sum(carer) - held - waiting),
                    "cost_price": weights["price_minutes_pound"] * above * sum(carer),
                }
            rows.append(point)
        return rows

    def proposals(self, points: list[Row]) -> list[Row]:
        """Rows of block_proposals.csv."""
        weights = self.settings["blocks"]
        rows = []
        for name, block in self.blocks.items():
            inside = [row for row in self.movable() if self.block_of(row["postcode"]) == name]
            own = [point for point in points if point["block_id"] == name]
            provider = next(row for row in self.providers if row["provider_id"] == block["provider"])
            let = next((row for row in self.let if row["block_id"] == name), None)
            hours = sum(row["hours_week"] for row in inside)
            held = sum(row["hours_week"] for row in inside if row["provider_id"] == block["provider"])
            wait = sum(row["hours_week"] for row in inside if not row["provider_id"])
            guarantee = let["guaranteed_hours_week"] if let else held + wait
            price = let["price_hour"] if let else provider["price_hour"]
            week = hours * weights["turnover_week"]
            active = sum(point["active_visits"] for point in own)
            now = sum(point["active_visits"] * point["minutes_outside"] for point in own)
            then = sum(point["active_visits"] * point["minutes_to_centre"] for point in own)
            carer = sum(point["carer_hours"] for point in own)
            waiting = sum(row["hours_week"] * row["carers_required"] for row in inside if not row["provider_id"])
            sure = sum(point["carer_hours_held"] for point in own) + waiting
            later = max(guarantee - held - wait, 0)
            weeks = (weights["start_weeks"] if wait else 0) + (later / week if later and week else 0)
            parts = {
                part: sum(point[part] for point in own)
                for part in ("cost_travel", "cost_rounds", "cost_moves", "cost_price")
            }
            parts["cost_block"] = weights["block_cost_minutes"] if block["status"] == "proposed" else 0.0
            rows.append(
                {
                    "block_id": name,
                    "status": block["status"],
                    "suggested_provider_id": block["provider"],
                    "suggested_provider_name": provider["provider_name"],
                    "company_id": provider["company_id"] or block["provider"],
                    "cqc_rating": provider["cqc_rating"],
                    "centre_postcode": ROAD[block["centre"]],
                    "district_code": DISTRICT,
                    "district_name": "Tiny",
                    "sectors": ";".join(sorted({ROAD[place][:-2] for place in block["places"]})),
                    "postcodes": len(block["places"]),
                    "people": len({row["person_id"] or row["package_id"] for row in inside}),
                    "packages": len(inside),
                    "hours_zone": hours,
                    "hours_already_with_provider": held,
                    "hours_with_others": hours - held - wait,
                    "hours_waiting": wait,
                    "hours_fixed": sum(
                        row["hours_week"]
                        for row in self.movable(fixed=True)
                        if self.block_of(row["postcode"]) == name and not self.fixed_moves
                    ),
                    "expected_starts_hours_13w": week * 13,
                    "expected_ends_hours_13w": week * 13,
                    "hours_guaranteed_start": guarantee,
                    "weeks_to_fill": "" if later and not week else f"{weeks:.1f}",
                    "void_cost_pounds_week": (max(guarantee - held, 0) if let else waiting) * price,
                    "annual_value_pounds": (guarantee if let else sure) * price * 52,
                    "carers_full_time": f"{carer / weights['full_time_hours_week']:.1f}",
                    "carers_at_peak_morning": 1,
                    "carers_at_peak_lunch": 1,
                    "carers_at_peak_tea": 1,
                    "carers_at_peak_bed": 1,
                    "carer_hours_zone": carer,
                    "carer_visits_week": sum(point["carer_visits"] for point in own),
                    "minutes_per_visit_now": now / active if active else "",
                    "minutes_per_visit_proposed": then / active if active else "",
                    "travel_minutes_saved_week": now - then,
                    "driving_minutes_saved_week": 0.25 * (now - then),
                    **parts,
                    "cost_total": sum(parts.values()),
                    "cost_if_left_spot": sum(point["cost_outside"] for point in own),
                    "reason": "Already let" if let else "Fewer minutes than spot purchase",
                    "basis": "the council's data; illustrative roads",
                }
            )
        return rows

    def eligible(self, proposals: list[Row]) -> list[Row]:
        """Rows of eligible_providers.csv."""
        rows = []
        for block in proposals:
            inside = [row for row in self.movable() if self.block_of(row["postcode"]) == block["block_id"]]
            for provider in self.providers:
                name = provider["provider_id"]
                suggested = name == block["suggested_provider_id"]
                held = sum(row["hours_week"] for row in inside if row["provider_id"] == name)
                rows.append(
                    {
                        "block_id": block["block_id"],
                        "provider_id": name,
                        "provider_name": provider["provider_name"],
                        "eligible": "yes" if suggested else "no",
                        "suggested": "yes" if suggested else "no",
                        "minutes_week": block["cost_total"] if suggested else "",
                        "hours_already_with_provider": held,
                        "reason": "suggested" if suggested else "no round start or office on the road network",
                    }
                )
        return rows

    def tables(self) -> Tables:
        """Every written table, by its path in the output folder."""
        points = self.points()
        proposals = self.proposals(points)
        for block in proposals:
            block.update(plan_choices.split_gain(self, block, points))
        order = plan_choices.rollout(self, proposals)
        for block in proposals:
            step = next((row for row in order if row["block_id"] == block["block_id"]), {})
            block.update(
                {name: step.get(name, "") for name in ("rollout_rank", "rollout_after")}, backup_provider_id=""
            )
        names = {row["provider_id"]: row["provider_name"] for row in self.providers}
        postcodes = []
        for postcode in ROAD:
            block = self.block_of(postcode)
            provider = self.blocks[block]["provider"] if block != "spot" else ""
            postcodes.append(
                {
                    "postcode": postcode,
                    "block_id": block,
                    "suggested_provider_id": provider,
                    "suggested_provider_name": names.get(provider, ""),
                    "live": "yes",
                    "reason": "Spot purchase is cheaper" if block == "spot" else "Inside the zone",
                }
            )
        return {
            PROPOSALS: proposals,
            POSTCODES: postcodes,
            POINTS: points,
            ELIGIBLE: self.eligible(proposals),
            plan_choices.NEXT: plan_choices.next_providers(self, proposals),
            plan_choices.ROLLOUT: order,
            NEIGHBOURS: [
                {"postcode_a": a, "postcode_b": b, "minutes": STEP_MINUTES} for a, b in itertools.pairwise(ROAD)
            ],
            UNPLACED: [
                {"table": "packages", "row": row, "id": name, "postcode": code, "reason": why}
                for row, name, code, why in (
                    (17, "P15", "ZZ9 9ZZ", "not in the directory"),
                    (18, "P16", ABROAD, "outside the county"),
                )
            ],
        }

    def objective(self, points: list[Row]) -> float:
        """The model's objective, in minutes-equivalent a week."""
        parts = ("cost_travel", "cost_rounds", "cost_moves", "cost_price")
        inside = sum(point[part] for point in points if point["block_id"] != "spot" for part in parts)
        outside = sum(point["cost_outside"] for point in points if point["block_id"] == "spot")
        proposed = sum(block["status"] == "proposed" for block in self.blocks.values())
        return inside + outside + proposed * self.settings["blocks"]["block_cost_minutes"]

    # -- writing --------------------------------------------------------------------------------------------

    def write(self, folder: Path) -> Path:
        """Write the county and the plan under a folder; gives the output folder."""
        draft = copy.deepcopy(self)
        county, out = folder / "county", folder / "out"
        county.mkdir()
        (out / "internal").mkdir(parents=True)
        sources = {
            "packages": draft.packages,
            "providers": draft.providers,
            "participation": draft.participation,
            "blocks": draft.let,
            "block_areas": draft.let_areas,
            "locks": draft.locks,
        }
        inputs = {}
        for name, rows in sources.items():
            if rows:
                path = county / f"{name}.csv"
                path.write_bytes(encode(rows))
                inputs[name] = {"name": path.name, "sha256": digest(path), "rows": len(rows)}
        write_directory(county / "onspd.csv")
        (county / "marketmap.toml").write_text(encode_toml(draft.settings), encoding="utf-8")
        tables = draft.tables()
        objective = draft.objective(tables[POINTS])
        for change in draft.changes:
            change(tables)
        for name, rows in tables.items():
            (out / name).write_bytes(encode(rows, guard=True, names=CONTRACT.get(name, ())))
        (out / "README.txt").write_text("A plan.\n", encoding="utf-8")
        record = {
            "schema": "marketmap-run/1",
            "marketmap_version": "0",
            "created": "2025-04-01T09:00:00",
            "command": "marketmap blocks",
            "county_folder": str(county),
            "inputs": inputs,
            "settings": draft.settings,
            "seed": 0,
            "stop": {"max_iterations": 10, "max_seconds": None, "max_gap": None},
            "solver": {
                "status": "feasible",
                "objective": objective,
                "lower_bound": objective * draft.lower_bound_share,
                "gap": 1 - draft.lower_bound_share,
                "iterations": 10,
                "seconds": 1.0,
                "relaxed": ["contiguity"],
            },
            "roads": {"illustrative": True},
            "postcode_source": "a made-up directory",
            "snapshot_date": SNAPSHOT,
            "synthetic": False,
            "synthetic_note": "",
            "notes": [],
            "outputs": {name: digest(out / name) for name in (*tables, "README.txt")},
            "versions": {"python": "3.11"},
        }
        (out / "run.json").write_text(json.dumps(record), encoding="utf-8")
        return out
