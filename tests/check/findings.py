"""Short ways to look at findings."""

from marketmap.check import Finding


def checks(findings: list[Finding]) -> set[str]:
    return {finding.check for finding in findings}
