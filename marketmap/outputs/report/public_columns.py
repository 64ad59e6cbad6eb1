"""The public tables of reports: every cell is text that went through the gate, beside its unit."""

from __future__ import annotations

from marketmap.outputs.schema.columns import Column, Evidence, OutputTable

NOTE = "Figures on 1 to 7 people are `*`, others are rounded to 5; shares and intervals are of the rounded counts."
SUMS = f"{NOTE} Rows are sums of shown figures, `*` standing in as the middle of what it may be: about right."


def count(name: str, meaning: str, unit: str = "number") -> Column:
    """Describe a rounded figure."""
    return Column(name, "text", meaning, unit)


def share(name: str, meaning: str, *, n: str, of: str) -> tuple[Column, Column, Column]:
    """Describe a share and the ends of its interval."""
    evidence = Evidence(n=n, of=of, low=f"{name}_low", high=f"{name}_high")
    ends = (("low", "Low"), ("high", "High"))
    return (
        Column(name, "text", meaning, "per cent", evidence),
        *(
            Column(f"{name}_{end}", "text", f"{word} end of its 95 % interval", "per cent", evidence)
            for end, word in ends
        ),
    )  # type: ignore[return-value]  # one and two are three


AREA = Column("area", "text", "District and class in words")
DISTRICT = Column("district_code", "text", "Code of the district")
CLASS = Column("rural", "text", "rural, urban or unknown")
CELL = (AREA, DISTRICT, CLASS)

CARE = (
    count("packages", "Packages delivered today"),
    count("contact_hours", "Their contact hours", "hours a week"),
    count("carer_hours", "Their carer hours", "hours a week"),
    count("carer_visits", "Carer visits", "visits a week"),
)
WAITING = (
    count("waiting", "Packages that wait for a provider today"),
    count("hours_waiting", "Their contact hours", "hours a week"),
)
WAITS = (
    count("waits", "Waits of the period of which it is known whether they were long"),
    count("long_waits", "Of them, long ones"),
    *share("long_waits_share", "Long waits as a share of waits", n="long_waits", of="waits"),
)
OFFERS = (
    count("offers", "Offers of packages to providers in the period"),
    count("refused", "Of them, refused"),
    *share("refused_share", "Refused offers as a share of offers", n="refused", of="offers"),
)
PARTS = OutputTable(
    "public/district_parts.csv",
    "each district's rural and urban part",
    (*CELL, *CARE[:2], *WAITING, *WAITS, *OFFERS),
    NOTE,
)
CLASSES = OutputTable(
    "public/rural_urban.csv",
    "rural and urban country",
    (AREA, CLASS, *CARE[:2], *WAITING, *WAITS, *OFFERS),
    SUMS,
)
PUBLIC_CARE = OutputTable("public/demand.csv", "each district's rural and urban part", (*CELL, *CARE, *WAITING), NOTE)
PUBLIC_WAITS = OutputTable("public/waits.csv", "each district's rural and urban part", (*CELL, *WAITS), NOTE)
PUBLIC_OFFERS = OutputTable("public/refusals.csv", "each district's rural and urban part", (*CELL, *OFFERS), NOTE)
MARKET = (
    count("packages", "Packages delivered today"),
    Column("companies", "text", "How many companies deliver them, as a band"),
    Column(
        "concentration", "text", "How concentrated their hours are (HHI: below 1,000, below 2,000, above), as a word"
    ),
)
PRICE = (
    count("priced", "Packages of home care with a price"),
    Column("paid_hour", "text", "What an hour of them is paid on average, to ten pence", "pounds a carer hour"),
)
GROWTH = (
    count("followed", "People with the same provider at the beginning and at the end of the period"),
    count("hours_before", "Their contact hours at the beginning", "hours a week"),
    count("hours_after", "Their contact hours at the end", "hours a week"),
    count("cut", "Of them, those cut by a large change"),
    *share("cut_share", "Those cut as a share of them", n="cut", of="followed"),
    count("risen", "Of them, those risen by a large change"),
    *share("risen_share", "Those risen as a share of them", n="risen", of="followed"),
)
REABLEMENT = (
    count("referrals", "People referred in the period"),
    count("began", "Of them, those who began"),
    count("followed_up", "Of these, those of whom it is known where they were on the 91st day"),
    count("home_at_91_days", "Of these, those at home"),
    *share("home_at_91_days_share", "Those at home as a share", n="home_at_91_days", of="followed_up"),
)
PUBLIC_MARKET = OutputTable("public/providers.csv", "each district's rural and urban part", (*CELL, *MARKET), NOTE)
PUBLIC_PRICE = OutputTable(
    "public/prices.csv",
    "each district's rural and urban part",
    (*CELL, *PRICE),
    f"{NOTE} A price is of three companies or more, none with over 75 % of the hours; a district's parts show theirs "
    "together or not at all.",
)
PUBLIC_GROWTH = OutputTable("public/growth.csv", "each district's rural and urban part", (*CELL, *GROWTH), NOTE)
PUBLIC_REABLEMENT = OutputTable(
    "public/reablement.csv", "each district's rural and urban part", (*CELL, *REABLEMENT), NOTE
)
PUBLIC_TABLES = (
    PARTS,
    CLASSES,
    PUBLIC_CARE,
    PUBLIC_WAITS,
    PUBLIC_OFFERS,
    PUBLIC_MARKET,
    PUBLIC_PRICE,
    PUBLIC_GROWTH,
    PUBLIC_REABLEMENT,
)
