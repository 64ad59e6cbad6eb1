"""What is taken away from the app's exploring pages alone: who works in a cluster, and what is reached from a base."""

from __future__ import annotations

from marketmap.outputs.schema.columns import Column, OutputTable

CLUSTER_PROVIDERS = OutputTable(
    "cluster_providers.csv",
    "each provider that works in the cluster, most hours first",
    (
        Column("cluster_id", "text", "The cluster"),
        Column("provider_id", "text", "The provider"),
        Column("packages", "count", "Placeable packages that it holds there", "packages"),
        Column("contact_hours", "hours", "Their contact hours"),
        Column("part", "part", "Its part of the hours that somebody delivers there", whole="held"),
        Column("held", "hours", "Those hours"),
        Column("hours_spare_week", "hours", "Spare hours that it states, anywhere; blank: none stated", "hours a week"),
        Column("capacity_as_of", "text", "The day on which it said so; blank: not known"),
        Column("covers", "text", "What its spare hours would cover, if all were used here"),
    ),
    note="Spare hours alone: needs, services, frameworks and the road there are not looked at. No suggestion.",
)

REACHED = OutputTable(
    "reached.csv",
    "each ring, the care of a smaller one within it",
    (
        Column("minutes", "minutes", "Road minutes from the base, off-peak, door to road"),
        Column("packages", "count", "Active and waiting packages inside", "packages"),
        Column("people", "count", "People with one", "people"),
        Column("contact_hours", "hours", "Their client contact hours"),
        Column("hours_waiting", "hours", "Of these, hours that wait for a provider"),
        Column("packages_all", "count", "Packages of the county that have a place", "packages"),
        Column("part", "part", "Contact hours inside ÷ those of the county", whole="contact_hours of all with a place"),
    ),
    note="A package counts where the point of its postcode lies inside the ring's outline.",
)

EXPLORE_TABLES = (CLUSTER_PROVIDERS, REACHED)
