"""``make bench``: speed, memory and gap, as ratios against a peer in the same run. Machines differ; ratios less so."""

from __future__ import annotations

import resource
import sys

from tests.bench import design, plan, travel

if __name__ == "__main__":
    wanted = sys.argv[1:] or ["travel", "design", "plan"]
    for name in wanted:
        print(f"== {name}", flush=True)
        for line in {"travel": travel, "design": design, "plan": plan}[name].measure():
            print(line, flush=True)
    print(f"peak memory of the whole run: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")
