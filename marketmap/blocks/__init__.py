"""Clusters of demand, block design, provider allocation and the plan made of them."""

from marketmap.blocks.clusters import cluster_points, describe_clusters
from marketmap.blocks.locks import Locks
from marketmap.blocks.plan import Plan
from marketmap.blocks.propose import propose
from marketmap.blocks.stop import Stop

__all__ = ["Locks", "Plan", "Stop", "cluster_points", "describe_clusters", "propose"]
