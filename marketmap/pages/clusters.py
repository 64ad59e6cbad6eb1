"""Clusters of demand: how large and how far they reach, which could be one provider's, and who could take each."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st

from marketmap.errors import MarketmapError
from marketmap.outputs.files.download import (
    GEOPACKAGE_MIME,
    WORKBOOK_MIME,
    describe_source,
    encode_geopackage,
    encode_workbook,
)
from marketmap.outputs.files.notices import explain_synthetic, notices_of
from marketmap.outputs.files.record import RunRecord, read_record
from marketmap.outputs.files.stamps import Stamp, stamp_file
from marketmap.outputs.files.tables import encode_table
from marketmap.outputs.maps.area_map import AREAS_LAYER, area_base, area_group, bounds_of, pick_districts
from marketmap.outputs.maps.legend import area_legend, html_table
from marketmap.outputs.maps.palette import break_classes
from marketmap.outputs.maps.properties import safe_text
from marketmap.outputs.schema.block import CLUSTER_POSTCODES, CLUSTERS
from marketmap.outputs.schema.explore import CLUSTER_PROVIDERS
from marketmap.outputs.views.cluster_view import (
    describe_waiting,
    name_districts,
    outline_clusters,
    pick_clusters,
    read_clusters,
    shade_clusters,
    tell_cluster,
    tell_sectors,
    who_could,
)
from marketmap.outputs.views.market_view import MarketView
from marketmap.pages import jobs
from marketmap.pages.access import current_user, demand, require
from marketmap.pages.answers import CONTENT, find_answer, sum_content
from marketmap.pages.downloads import Download, offer
from marketmap.pages.faults import noting
from marketmap.pages.frame import (
    clicked,
    close_page,
    draw_map,
    figures,
    needs,
    open_page,
    show_fault,
    show_html,
    warn,
)
from marketmap.pages.opening import read_county
from marketmap.pages.plan_run import follow_job
from marketmap.pages.sources import Market, current_place, load_record

TITLE = "Demand clusters"
MAP_KEY, CLUSTER_KEY, REACH_KEY = "clusters_map", "cluster", "cluster_minutes"
FACTS = {"area_name": "Cluster", "told": "Demand", "rests_on": "Providers"}
LEAST, MOST = 5, 45
FINISHED = ("done", "stopped")


def show() -> None:
    """Draw the page."""
    market = read_county(TITLE)
    if market is None:
        return
    open_page(TITLE, lede="Care that lies so close by road that one round, and one provider, could serve it")
    if not needs("clusters"):
        close_page(market.notices)
        return
    try:
        record = load_record("clusters")
        warn([explain_synthetic(record.synthetic_note, saving=False) if record.synthetic else ""])
        found = _choose_reach(market, record)
    except MarketmapError as error:
        show_fault(error, what="The clusters cannot be read.", command="make clusters")
        return
    if found is not None:
        _explore(market, *found)
    close_page(notices_of(record), notes=record.notes)


def _choose_reach(
    market: Market, record: RunRecord
) -> tuple[pd.DataFrame, pd.DataFrame, RunRecord, gpd.GeoDataFrame] | None:
    """Draw the choice of how far members may lie apart; the clusters of that choice, None until they are found."""
    usual = round(float(record.settings["clusters"]["max_minutes"]))
    place, user = current_place(), current_user()
    minutes = st.slider(
        "Longest drive between two members, minutes by road",
        min(LEAST, usual), max(MOST, usual), usual, key=REACH_KEY, width=560,
        help="A longer drive makes fewer and larger clusters. The county's own choice is found ahead; any other takes "
        "some seconds in a process of its own.",
    )  # fmt: skip
    folder = place.results["clusters"]
    if minutes != usual:
        asked, content = {"max_minutes": minutes}, sum_content(place.folder)
        job, is_older = find_answer("clusters", asked, content, user=user.user_id, county_id=place.county_id)
        if is_older:
            st.info("The county's tables or settings have changed since clusters of this drive were found.")
        if job is None or job.state not in FINISHED:
            _offer_job(job, {**asked, CONTENT: content})
            return None
        folder, record = job.out, read_record(job.out)
    clusters, members = read_clusters(folder)
    made = stamp_file(folder / CLUSTER_POSTCODES.path)
    return describe_waiting(clusters, members, market.view), members, record, _outlines(folder, made, market.view)


def _offer_job(job: jobs.Job | None, asked: dict[str, Any]) -> None:
    minutes = asked["max_minutes"]
    if job is not None:
        follow_job(job, opens=False)
    if job is None or not job.is_at_work:
        st.info(f"Clusters of at most {minutes} minutes have not been found yet for you.")
        if not require("change_plans"):
            return
        if st.button(f"Find clusters of at most {minutes} minutes", type="primary"):
            with noting("The clusters could not be looked for."):
                jobs.start(
                    "clusters",
                    current_place(),
                    user=demand("change_plans").user_id,
                    asked=asked,
                )
            st.rerun()


@functools.lru_cache(maxsize=8)
def _outlines(folder: Path, made: Stamp | None, view: MarketView) -> gpd.GeoDataFrame:
    """Draw the outlines once for each output folder as it was written at one moment."""
    del made  # part of the cache's key
    _, members = read_clusters(folder)
    return outline_clusters(members, view.places.points)


@st.fragment
def _explore(
    market: Market, clusters: pd.DataFrame, members: pd.DataFrame, record: RunRecord, outlines: gpd.GeoDataFrame
) -> None:
    """Draw all that the filters change."""
    picked = _filter(clusters)
    total = float(clusters["contact_hours"].sum())
    show_html(
        figures(
            {
                "Clusters that pass": f"{len(picked):,} of {len(clusters):,}",
                "Their contact hours a week": f"{picked['contact_hours'].sum():,.0f} of {total:,.0f}",
                "Hours a week that wait in them": f"{picked['hours_waiting'].sum():,.0f}",
                "Clusters with one provider alone": f"{int((picked['providers'] == 1).sum()):,}",
            }
        )
    )
    if picked.empty:
        st.info("No cluster passes: ask for fewer hours or a smaller part.")
        return
    left, right = st.columns([3, 2], gap="medium")
    with right:
        cluster = _choose_cluster(picked)
        _show_cluster(market, picked, members, cluster)
    with left:
        _show_map(market, picked, outlines, record, cluster)
    _show_table(picked.assign(districts=picked["cluster_id"].map(_districts(market, members)).fillna("")))
    _offer(picked, members, outlines, record, market, cluster)


def _filter(clusters: pd.DataFrame) -> pd.DataFrame:
    with st.container(horizontal=True, gap="small"):
        least = st.number_input("At least so many hours a week", 0, 100_000, 0, 25, key="cluster_hours", width=230)
        alone = st.toggle("Only what could be one provider's", key="cluster_one")
        part = st.number_input(
            "Largest provider holds at least, %", 0, 100, 50, 5, key="cluster_part", width=250, disabled=not alone
        )
        few = st.number_input(
            "Or so many providers at most", 0, 200, 2, 1, key="cluster_few", width=230, disabled=not alone
        )
    if not alone:
        return pick_clusters(clusters, least_hours=float(least))
    return pick_clusters(clusters, least_hours=float(least), largest_part=part / 100, most_providers=int(few))


def _choose_cluster(picked: pd.DataFrame) -> str:
    options = picked.sort_values("contact_hours", ascending=False, kind="stable")["cluster_id"].tolist()
    if st.session_state.get(CLUSTER_KEY) not in options:
        st.session_state[CLUSTER_KEY] = options[0]
    cluster: str = st.selectbox("Cluster (or click one on the map)", options, key=CLUSTER_KEY)
    return cluster


def _show_cluster(market: Market, picked: pd.DataFrame, members: pd.DataFrame, cluster: str) -> None:
    row = {str(name): value for name, value in picked.set_index("cluster_id").loc[cluster].items()}
    sectors = row["sectors"] if isinstance(row["sectors"], str) else ";".join(row["sectors"])
    where = str(_districts(market, members).get(cluster, ""))
    show_html(
        f"<div class='panel'><h3>{safe_text(cluster)}{safe_text(f' · {where}' if where else '')}</h3>"
        f"<p>In {safe_text(tell_sectors(sectors.split(';')))}.</p>"
        f"{figures(tell_cluster(row))}</div>"
    )
    table = who_could(market.view, members, cluster=cluster)
    told = pd.DataFrame(
        {
            "name": market.provider_names.reindex(table["provider_id"]).fillna("").to_numpy(),
            "hours": table["contact_hours"].map("{:,.1f}".format),
            "part": table["part"].map("{:.0%}".format),
            "spare": [
                "not stated" if pd.isna(spare) else f"{spare:,.1f}" + (f" ({day:%-d %b})" if pd.notna(day) else "")
                for spare, day in zip(table["hours_spare_week"], pd.to_datetime(table["capacity_as_of"]), strict=True)
            ],
            "covers": table["covers"],
        }
    )
    held = float(table["held"].iloc[0]) if len(table) else 0.0
    show_html(
        "<div class='scroll' tabindex='0'>"
        + html_table(
            told,
            caption="Who works here, and what its spare hours would cover",
            headings={
                "name": "Provider", "hours": "Hours a week", "part": "Part", "spare": "Spare hours stated (on)",
                "covers": "Would cover",
            },
            numbers=("hours", "part", "spare"),
        )
        + f"</div><p class='small'>Part: of {held:,.0f} contact hours a week held here. Spare hours are what the "
        "provider states for all its ground; needs, services and the road there are not looked at.</p>"
    )  # fmt: skip


def _districts(market: Market, members: pd.DataFrame) -> pd.Series:
    return name_districts(members, market.packages, names=market.district_names)


def _show_map(
    market: Market, picked: pd.DataFrame, outlines: gpd.GeoDataFrame, record: RunRecord, cluster: str
) -> None:
    shapes = shade_clusters(outlines, picked)
    st.session_state["cluster_codes"] = shapes["area_code"].tolist()
    districts = pick_districts(market.view.outlines)
    breaks = break_classes(shapes["value"])
    notices = notices_of(record)
    base = area_base(bounds_of(outlines, districts), notices=notices, label="Map of clusters; the tables say the same")
    group = area_group(shapes, breaks=breaks, districts=districts, chosen=cluster, facts=FACTS)
    draw_map(base, key=MAP_KEY, chosen=group, on_click=_pick)
    show_html(
        area_legend(breaks, kind="hours", heading="Contact hours a week, by cluster")
        + "<p class='small'>An outline is drawn round a cluster's places: neighbours may overlap, and a cluster of one "
        "place is a small round.</p>"
    )


def _pick() -> None:
    row = clicked(MAP_KEY, layer=AREAS_LAYER)
    codes = st.session_state.get("cluster_codes", [])
    if row is not None and 0 <= row < len(codes):
        st.session_state[CLUSTER_KEY] = codes[row]


def _show_table(picked: pd.DataFrame) -> None:
    table = picked[
        [
            "cluster_id",
            "districts",
            "sectors",
            "packages",
            "contact_hours",
            "hours_waiting",
            "minutes_per_visit",
            "providers",
        ]
    ].assign(largest=100 * picked["largest_provider_share"].astype(float))
    table["sectors"] = [
        (text if isinstance(text, str) else ";".join(text)).replace(";", ", ") for text in table["sectors"]
    ]
    table[["contact_hours", "hours_waiting"]] = table[["contact_hours", "hours_waiting"]].astype(float).round(1)
    st.subheader("Every cluster that passes", anchor=False)
    st.dataframe(
        table.sort_values("contact_hours", ascending=False, ignore_index=True),
        column_config={
            "cluster_id": st.column_config.TextColumn("Cluster"),
            "districts": st.column_config.TextColumn("Districts"),
            "sectors": st.column_config.TextColumn("Postcode sectors"),
            "packages": st.column_config.NumberColumn("Packages", format="localized"),
            "contact_hours": st.column_config.NumberColumn("Contact hours a week", format="localized"),
            "hours_waiting": st.column_config.NumberColumn("Hours waiting a week", format="localized"),
            "minutes_per_visit": st.column_config.NumberColumn("Minutes from centre to visit", format="%.1f"),
            "providers": st.column_config.NumberColumn("Providers", format="localized"),
            "largest": st.column_config.NumberColumn("Largest one's part of hours held, %", format="%.0f"),
        },
        hide_index=True,
        height=380,
        alt="The clusters on the map with their figures",
    )


def _offer(
    picked: pd.DataFrame,
    members: pd.DataFrame,
    outlines: gpd.GeoDataFrame,
    record: RunRecord,
    market: Market,
    cluster: str,
) -> None:
    about = describe_source(record)
    inside = members[members["cluster_id"].isin(picked["cluster_id"])]
    providers = who_could(market.view, members, cluster=cluster)
    drawn = outlines.merge(picked, on="cluster_id")
    st.subheader("Take away", anchor=False)
    offer(
        [
            Download("Clusters (CSV)", "clusters.csv", lambda: encode_table(picked, CLUSTERS)),
            Download(
                "Clusters (XLSX)", "clusters.xlsx",
                lambda: encode_workbook(
                    {"Clusters": (picked, CLUSTERS), f"Providers in {cluster}": (providers, CLUSTER_PROVIDERS)}, about
                ),
                WORKBOOK_MIME,
            ),
            Download(
                "Outlines (GeoPackage)", "clusters.gpkg",
                lambda: encode_geopackage({"clusters": drawn}, about=about) or b"", GEOPACKAGE_MIME,
            ),
        ],
        rows=False,
        key="clusters",
    )  # fmt: skip
    offer(
        [
            Download(
                "Postcodes of clusters (CSV)", "cluster_postcodes.csv", lambda: encode_table(inside, CLUSTER_POSTCODES)
            )
        ],
        rows=True,
        key="clusters",
    )
