"""Chapter: where rural need is greatest, in order, and how firm that order is."""

from __future__ import annotations

import pandas as pd

from marketmap.market.ranking import say_rule
from marketmap.outputs.report.chapter import Chapter, Drawing, Listing, View
from marketmap.outputs.report.charts import draw_bars
from marketmap.outputs.report.choropleth import draw_areas
from marketmap.outputs.report.rural_columns import RURAL_AREAS, RURAL_ORDER
from marketmap.outputs.report.rural_facts import PART_WORDS, RuralFacts, rank_rural_areas
from marketmap.outputs.report.rural_parts import rank_parts
from marketmap.outputs.report.survey import DISTRICT, SECTOR, Survey
from marketmap.outputs.report.telling import join_names, say

KEY, TITLE = "need", "Where need is greatest"
NUMBERED = 5
HEADINGS = {
    "rank": "Rank",
    "area_name": "Area",
    "district_name": "District",
    "waiting_hours": "Hours waiting",
    "long_share": "Long waits",
    "access_3sfca": "Spare in reach",
    "minutes_hour": "Travel",
    "refused_share": "Refusals",
    "providers": "Providers",
}


def describe_need(survey: Survey) -> Chapter:
    """Rank the rural areas by need."""
    facts = rank_rural_areas(survey)
    return Chapter(KEY, TITLE, internal=_tell_all(survey, facts), public=_tell_public(survey), keeps_to_district=True)


def tell_area(row: pd.Series, *, long_days: int, least: int) -> str:
    """Tell one area's need in a sentence, each figure with what it rests on; shares of fewer than ``least`` not."""
    parts = []
    if row["waiting_hours"] > 0:
        parts.append(
            f"{row['waiting_hours']:,.0f} carer hours a week wait for a provider "
            f"({_count(row['packages_waiting'], 'package')} of {row['packages']:,.0f})"
        )
    if pd.notna(row["long_share"]) and row["waits_decided"] >= least:
        parts.append(
            f"{row['waits_long']:,.0f} of {row['waits_decided']:,.0f} waits were longer than {long_days} days "
            f"({row['long_share']:.0%}; 95% interval {row['long_share_low']:.0%} to {row['long_share_high']:.0%})"
        )
    if pd.notna(row["minutes_hour"]):
        parts.append(f"carers drive {row['minutes_hour']:.0f} minutes for each hour of care")
    if pd.notna(row["refused_share"]) and row["offers"] >= least:
        parts.append(f"{row['refused']:,.0f} of {row['offers']:,.0f} offers were refused")
    if pd.notna(row["providers"]):
        parts.append(f"{_count(row['providers'], 'provider')} deliver here")
    return f"{row['area_name']}, {row['district_name']}: {'; '.join(parts)}."


def _count(number: float, what: str) -> str:
    return f"{number:,.0f} {what}{'' if number == 1 else 's'}"


def _tell_all(survey: Survey, facts: RuralFacts) -> View:
    areas = facts.areas
    ranked = areas[areas["score"].notna()]
    if ranked.empty:
        return View(
            reading=("No rural area has enough packages to be ranked.",),
            listings=_listings(facts),
            notes=(survey.places.rural_basis, *facts.lacking),
        )
    worst = [str(name) for name in ranked["area_name"].head(3)]
    rule = say_rule({name: PART_WORDS[name] for name in facts.parts}, weights=survey.settings.market.rank_weights)
    reading = (
        f"Of {len(ranked):,} rural areas, need is greatest in {join_names(worst)}.",
        rule,
        tell_firmness(facts),
    )
    few = len(areas) - len(ranked)
    least = survey.settings.market.rank_least
    left = (f"Not ranked for having fewer than {least} packages: {_count(few, 'area')}.",) if few else ()
    return View(
        reading=reading,
        drawings=(_map(survey, ranked), _bars(ranked)),
        listings=_listings(facts),
        notes=(survey.places.rural_basis, *facts.lacking, *left),
    )


def tell_firmness(facts: RuralFacts) -> str:
    """Say how much the first five hang on the weights."""
    order = facts.order
    if order.empty or order["changes"].max() == 0:
        return "There is nothing to test the order against."
    firm = [str(name) for name in order.loc[order["stays"] == order["changes"], "area_name"]]
    loose = [
        f"{row['area_name']} stays in {row['stays']:.0f} of {row['changes']:.0f} "
        f"(ranks {row['rank_best']:.0f} to {row['rank_worst']:.0f})"
        for row in order[order["stays"] < order["changes"]].to_dict("records")
    ]
    tried = f"With each weight halved, doubled or left out in turn ({order['changes'].max():.0f} other orders), "
    if facts.areas["score"].notna().sum() <= len(order):
        moves = [
            f"{row['area_name']} {row['rank_best']:.0f} to {row['rank_worst']:.0f}" for row in order.to_dict("records")
        ]
        return f"{tried}ranks go from {'; '.join(moves)}."
    if not loose:
        return f"{tried}the same {len(order)} areas stay the first {len(order)}: the order is firm."
    always = (
        f"{join_names(firm)} always {'stays' if len(firm) == 1 else 'stay'} among the first {len(order)}; "
        if firm
        else ""
    )
    return f"{tried}{always}{'; '.join(loose)}."


def _listings(facts: RuralFacts) -> tuple[Listing, ...]:
    return (
        Listing(RURAL_AREAS, facts.areas, "Rural areas, greatest need first", HEADINGS, rows=20, mapped=True),
        Listing(RURAL_ORDER, facts.order),
    )


def _map(survey: Survey, ranked: pd.DataFrame) -> Drawing:
    first = ranked.head(NUMBERED)
    outlines = survey.outlines_of(SECTOR)
    return draw_areas(
        outlines,
        values=ranked.set_index("area_code")["score"],
        title="Score of need, 1 the greatest (rural areas only)",
        alt_text=f"Map of rural areas by need; the greatest in {join_names([*first['area_name'].astype(str)])}.",
        caption="Numbers are the first five in the order of need. Grey areas are urban or too small to rank.",
        districts=survey.outlines_of(DISTRICT),
        numbered=dict(zip(first["area_code"], first["rank"].astype(int), strict=True)),
    )


def _bars(ranked: pd.DataFrame) -> Drawing:
    first = ranked.head(12).copy()
    first["label"] = first["rank"].astype(int).astype(str) + ". " + first["area_name"].astype(str)
    return draw_bars(
        first,
        label="label",
        value="long_share",
        low="long_share_low",
        high="long_share_high",
        unit="long waits as a share of waits",
        share=True,
        alt_text="Long waits as a share of waits in the twelve areas of greatest need, with 95% intervals.",
        caption="Long waits in the areas of greatest need; lines are 95% intervals. Wide ones rest on few waits.",
    )


def _tell_public(survey: Survey) -> View:
    parts = rank_parts(survey)
    worst = parts.first(3)
    names = say(join_names([row["area"].removesuffix(", rural part") for row in worst])) if worst else say("")
    first = say("Of rural parts of districts, need is greatest in those of {names}.", names=names)
    note = say(
        "Rural parts of districts are ranked on shown figures alone: hours that wait, long waits as a share of waits "
        "and refused offers as a share of offers, each counting alike."
    )
    return View(
        reading=(first, note) if worst else (say("No rural part of a district has enough people to be told of."),),
        drawings=parts.drawings(survey),
        listings=parts.listings(),
        notes=(say(survey.places.rural_basis),),
    )
