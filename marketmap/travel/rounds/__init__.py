"""Carers' rounds, simulated: a provider's visits of a day, the rules of its shifts, and the rounds that serve them.

`work` lists what is to be visited, `instance` makes of it what the engine takes, `engine` finds the rounds, `day` and
`week` give them as frames, `driven` says how the same visits were driven in fact.
"""
