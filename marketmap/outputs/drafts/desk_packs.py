"""Files of a plan that need the county's own tables: made at the desk, which has them open."""

from __future__ import annotations

from pathlib import Path

from marketmap.outputs.drafts.provider_pack import provider_pack
from marketmap.outputs.drafts.reopen import draft_of, reopen


def pack_provider(plan_folder: Path, provider_id: str, county_folder: Path) -> bytes:
    """Put together what one provider may be given of a plan: `marketmap.outputs.drafts.provider_pack.provider_pack`.

    Raises
    ------
    OutputError
        When the county's tables are no longer those of the plan, or the provider has no block in it.
    """
    county = reopen(draft_of(plan_folder), county_folder).batch.county
    return provider_pack(plan_folder, provider_id, tables=county.tables, settings=county.settings)
