import dataclasses

import pytest

from marketmap.inputs.sample.market_settings import MarketSample
from marketmap.inputs.sample.settings import SampleSettings


def test_every_parameter_says_where_it_comes_from():
    sources = SampleSettings().list_sources()
    own = {item.name for item in dataclasses.fields(SampleSettings)} - {"market"}
    assert set(sources) == own | {f"market.{item.name}" for item in dataclasses.fields(MarketSample)}
    assert all(isinstance(text, str) and len(text) > 6 for text in sources.values())


def test_shares_add_up_to_one():
    settings = SampleSettings()
    for name in ("funding", "waiting_where", "do_not_move_reasons", "change_reasons", "end_reasons", "visit_status",
                 "participation_areas"):  # fmt: skip
        assert sum(share for _, share in getattr(settings, name)) == pytest.approx(1.0), name
    for name in ("handback_reasons", "outcomes_91"):
        assert sum(share for _, share in getattr(settings.market, name)) == pytest.approx(1.0), name
    assert sum(each.share for each in settings.market.asset_kinds) == pytest.approx(1.0)


def test_counties_are_found_whatever_the_letters():
    assert SampleSettings().find_county(" Gloucestershire ").packages == 5000
    assert SampleSettings().find_county("RUTLAND").districts[0].code == "E06000017"
    assert SampleSettings().find_county("wiltshire") is None


def test_nothing_planted_can_be_changed_by_accident():
    with pytest.raises(dataclasses.FrozenInstanceError):
        SampleSettings().patch_overlap = 0.0
