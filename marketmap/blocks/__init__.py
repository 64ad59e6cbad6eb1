"""Clusters of demand, block design, provider allocation and the plan made of them."""

from marketmap.blocks.allocation import Allocation, allocate_providers
from marketmap.blocks.clusters import cluster_points, describe_clusters
from marketmap.blocks.design import BlockDesign, design_blocks
from marketmap.blocks.exit import ExitPlan
from marketmap.blocks.first import propose_first
from marketmap.blocks.locks import Locks
from marketmap.blocks.plan import Plan, PlanCase
from marketmap.blocks.propose import propose, resolve
from marketmap.blocks.stop import Stop

__all__ = [
    "Allocation",
    "BlockDesign",
    "ExitPlan",
    "Locks",
    "Plan",
    "PlanCase",
    "Stop",
    "allocate_providers",
    "cluster_points",
    "describe_clusters",
    "design_blocks",
    "propose",
    "propose_first",
    "resolve",
]
