"""People who choose where travel and crowding together cost least, moved a little at a time until few would move."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

ROUNDS = 150
FIRST_STEP, LEAST_STEP = 0.2, 0.005  # of a place's demand that may move in one round
HALVED_AFTER = 50  # rounds
GENTLE_ROUNDS = 20  # in which a place may not be asked for more than it has at once

Floats = npt.NDArray[np.float64]


def settle_agents(travel: Floats, demand: Floats, capacity: Floats) -> tuple[Floats, Floats]:
    """Share demand out over supply places so that nobody gains much by going elsewhere.

    Everybody begins at the nearest place. In every round each demand place moves whole units from the dearest place
    that it uses to the cheapest there is, no more than would make the two cost the same.

    Parameters
    ----------
    travel
        Cost of the way, (demand places, supply places), ``inf`` where there is none; every row has a finite one.
    demand
        Above 0, (demand places,).
    capacity
        Demand at which crowding is 1, above 0, (supply places,).

    Returns
    -------
    cost
        Mean of travel and crowding over each place's demand, (demand places,).
    crowding
        Demand ÷ capacity at each supply place in the last round, (supply places,).

    Notes
    -----
    Rounds, steps and the rounding to whole units are those of the authors' program, and the equation of two places'
    costs is put as they put it, so that rounding goes the same way and the results agree to the last digits.
    """
    rows = np.arange(len(demand))
    held = np.zeros(travel.shape)
    held[rows, travel.argmin(axis=1)] = demand
    cost = travel
    crowding = np.zeros(len(capacity))
    for number in range(ROUNDS):
        load = held.sum(axis=0)
        crowding = load / capacity
        cost = crowding + travel
        dear = np.where(held > 0, cost, -np.inf).argmax(axis=1)
        cheap = cost.argmin(axis=1)
        here, there = held[rows, dear], held[rows, cheap]
        room_here, room_there = capacity[dear], capacity[cheap]
        others_here, others_there = load[dear] - here, load[cheap] - there
        further = travel[rows, dear] - travel[rows, cheap]
        even = ((room_there * room_here) / (room_there + room_here)) * (
            further + (there + here + others_here) / room_here - others_there / room_there
        )
        step = max(FIRST_STEP * 0.5 ** (number / HALVED_AFTER), LEAST_STEP)
        moved = np.where(dear == cheap, 0.0, np.minimum(even - there, here))
        moved = np.trunc(np.minimum(moved, step * demand))
        if number < GENTLE_ROUNDS:
            asked = np.bincount(cheap, weights=moved, minlength=len(capacity)) / capacity
            moved = np.rint(moved / np.maximum(asked, 1.0)[cheap])
        held[rows, cheap] += moved
        held[rows, dear] -= moved
    paid = np.multiply(cost, held, out=np.zeros_like(held), where=held > 0)
    return paid.sum(axis=1) / held.sum(axis=1), crowding
