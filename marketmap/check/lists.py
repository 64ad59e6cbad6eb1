"""What the checks of a swap list and of a waiting list look at: the council's tables, with no plan beside them."""

from __future__ import annotations

from functools import cached_property

import pandas as pd

from marketmap.check import sources
from marketmap.check.evidence import Evidence
from marketmap.check.providers import barred_everywhere

# These come in visits as well as what blocks buy: they are part of what a provider's carers do in a week.
ALSO_IN_VISITS = ("reablement",)


class ListEvidence(Evidence):
    """Evidence of a run without a plan: whose a package is hangs on no block but those already let."""

    @cached_property
    def block_of(self) -> pd.Series:
        """No block, for every postcode that a package has."""
        known = sources.to_postcodes(self.package_lines["postcode"])
        return pd.Series("", index=pd.Index(sorted(set(known) - {""})), dtype=object)

    @cached_property
    def participation(self) -> None:
        """None: that table is about blocks, and single packages are placed with whoever is on the framework."""
        return

    @cached_property
    def barred(self) -> pd.Series:
        """Why each provider can be given no package, by id; blank where it can."""
        return barred_everywhere(self)

    @cached_property
    def offered(self) -> dict[str, frozenset[str]]:
        """What each provider can do, as code words; empty where it lists nothing, and then it lacks nothing."""
        rows = self.providers
        return {str(name): sources.to_codes(cell) for name, cell in zip(rows.index, rows["services"], strict=True)}

    @cached_property
    def in_force(self) -> pd.DataFrame:
        """The packages of the day by id, with ``wants``, the code words of what each needs."""
        rows = self.packages.set_index("package_id", drop=False)
        wants = [
            sources.to_codes(cell) | ({"double_handed"} if carers > 1 else set())
            for cell, carers in zip(rows["needs"], rows["carers"], strict=True)
        ]
        return rows.assign(wants=pd.Series(wants, index=rows.index, dtype=object))

    @cached_property
    def visited(self) -> pd.Series:
        """Which packages of the day providers drive to, or would, by id: those listed as unplaced apart."""
        rows = self.in_force
        services = [*self.settings.blocks.service_types, *ALSO_IN_VISITS]
        lost = self.unplaced.loc[self.unplaced["table"] == "packages", "id"]
        comes = sources.to_words(rows["service_type"]).isin(services) & rows["counts"] & (rows["visits"] > 0)
        return comes & (rows["postcode"] != "") & ~rows.index.isin(lost)

    @cached_property
    def held(self) -> pd.Series:
        """Carer hours a week that each provider delivers in visits today."""
        rows = self.in_force[self.visited & ~self.in_force["waiting"]]
        return rows.groupby("provider_id")["carer_hours"].sum().reindex(self.providers.index).fillna(0.0)

    @cached_property
    def kept_out(self) -> set[tuple[str, str]]:
        """Pairs of provider and postcode that a lock of the council forbids."""
        rows = self.source("locks")
        if rows is None:
            return set()
        names = pd.Series(self.block_of.index.astype(str))
        sectors, districts = sources.to_sectors(names), names.map(self.directory["district_code"]).fillna("")
        found: set[tuple[str, str]] = set()
        for row in rows[sources.to_words(rows["kind"]) == "forbid"].to_dict("records"):
            place = " ".join(str(row["place"]).upper().split())
            spelt = sources.to_postcodes(pd.Series([row["place"]])).iloc[0]
            inside = names[(names == spelt) | (sectors == place) | (districts == place)]
            found |= {(str(row["provider_id"]), str(postcode)) for postcode in inside}
        return found

    @cached_property
    def _wants(self) -> dict[str, frozenset[str]]:
        return {str(name): wants for name, wants in self.in_force["wants"].items()}

    def lacks(self, package: str, provider: str) -> frozenset[str]:
        """Find the code words of what a provider lacks for a package."""
        offered = self.offered.get(provider, frozenset())
        wants = self._wants[package]
        return wants - offered if offered else frozenset()
