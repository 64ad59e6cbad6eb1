"""A mixed-integer programme handed to HiGHS, and what came back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from marketmap.blocks.interrupts import is_abandoned, is_asked

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class MipAnswer:
    """What HiGHS found.

    Attributes
    ----------
    status
        ``"optimal"``, ``"infeasible"``, or ``"limit"`` where a limit ended the search.
    values
        Best solution, or ``None``.
    objective
        Its cost; ``inf`` when there is none.
    lower_bound
        Proven by the branch and bound.
    """

    status: str
    values: Floats | None
    objective: float
    lower_bound: float


def solve_mip(
    cost: Floats,
    rows: sparse.csr_array,
    row_lower: Floats,
    row_upper: Floats,
    *,
    whole: NDArray[np.bool_],
    upper: Floats | None = None,
    start: Floats | None = None,
    max_seconds: float = np.inf,
    max_nodes: int | None = None,
    relative_gap: float = 0.0,
    seed: int = 0,
    heeds_wish: bool = True,
) -> MipAnswer:
    """Minimise ``cost @ x`` with ``row_lower <= rows @ x <= row_upper`` and ``0 <= x <= upper``.

    Parameters
    ----------
    cost, upper
        (columns,) cost and upper limit (1 where not given) of each column.
    rows
        (rows, columns) coefficients.
    row_lower, row_upper
        (rows,) limits; infinite where there is none.
    whole
        (columns,) which columns must be whole numbers.
    start
        A known solution to begin from.
    max_seconds, max_nodes
        Limits; with nodes alone the answer can be repeated exactly.
    relative_gap
        Gap at which a solution counts as optimal.
    seed
        Seed of the solver's own choices.
    heeds_wish
        Whether to end as at a limit when the user asks for an end; Ctrl-C that abandons the run always does.

    Returns
    -------
    MipAnswer
    """
    columns, scale = len(cost), _lift(cost)
    solver = highspy.Highs()
    options: dict[str, bool | int | float | str] = {
        "output_flag": False,
        "threads": 1,
        "parallel": "off",
        "random_seed": seed % 2**31,
        "mip_rel_gap": relative_gap,
        "mip_abs_gap": 1e-9,
        "mip_feasibility_tolerance": 1e-9,
        "primal_feasibility_tolerance": 1e-9,
    }
    if np.isfinite(max_seconds):
        options["time_limit"] = max(0.01, float(max_seconds))
    if max_nodes is not None:
        options["mip_max_nodes"] = int(max_nodes)
    for name, value in options.items():
        solver.setOptionValue(name, value)
    matrix = sparse.csr_array(rows)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = columns, matrix.shape[0]
    model.col_cost_ = np.ascontiguousarray(cost * scale, dtype=np.float64)
    model.col_lower_ = np.zeros(columns)
    model.col_upper_ = np.ones(columns) if upper is None else np.ascontiguousarray(upper, dtype=np.float64)
    model.row_lower_ = np.ascontiguousarray(row_lower, dtype=np.float64)
    model.row_upper_ = np.ascontiguousarray(row_upper, dtype=np.float64)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = matrix.indptr.astype(np.int32)
    model.a_matrix_.index_ = matrix.indices.astype(np.int32)
    model.a_matrix_.value_ = matrix.data.astype(np.float64)
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    if whole.any():
        model.integrality_ = [kinds[int(flag)] for flag in whole]
    solver.passModel(model)
    if start is not None:
        guess = highspy.HighsSolution()
        guess.col_value = list(start)
        solver.setSolution(guess)
    _run(solver, heeds_wish=heeds_wish)
    answer = _read_answer(solver, columns=columns, is_mip=bool(whole.any()), scale=scale)
    if answer.status != "infeasible" and solver.getModelStatus() != highspy.HighsModelStatus.kSolveError:
        return answer
    # HiGHS's presolve has called feasible programmes infeasible, and failed on some: only without it is it proof
    solver.clearSolver()
    solver.setOptionValue("presolve", "off")
    _run(solver, heeds_wish=heeds_wish)
    return _read_answer(solver, columns=columns, is_mip=bool(whole.any()), scale=scale)


def _lift(cost: Floats) -> float:
    """Find a power of two that brings the dearest column above 1, where it is below.

    Tolerances are absolute: beside them the differences between small costs vanish, and a plan is called best that is
    not.
    """
    dearest = float(np.abs(cost).max(initial=0.0))
    return 2.0 ** min(1000, 1 - math.frexp(dearest)[1]) if 0.0 < dearest < 1.0 else 1.0


def _run(solver: highspy.Highs, *, heeds_wish: bool) -> None:
    """Run HiGHS so that Ctrl-C reaches it: signals are heard only while Python runs, and that is in its call-backs."""
    raised: list[KeyboardInterrupt] = []

    def ask(event: Any) -> None:
        try:
            wished = is_abandoned() or (heeds_wish and is_asked())
        except KeyboardInterrupt as error:  # must not pass through HiGHS
            raised.append(error)
        if raised or wished:
            event.interrupt()

    solver.cbMipInterrupt += ask
    solver.cbSimplexInterrupt += ask
    solver.run()
    if raised or is_abandoned():  # HiGHS's own call-backs, in whose midst the signal may come, lose the exception
        raise raised[0] if raised else KeyboardInterrupt


def _read_answer(solver: highspy.Highs, *, columns: int, is_mip: bool, scale: float) -> MipAnswer:
    state = solver.getModelStatus()
    info = solver.getInfo()
    solved = state == highspy.HighsModelStatus.kOptimal
    # Costs and variables are bounded here, so "unbounded or infeasible" can only mean infeasible.
    if state in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        return MipAnswer("infeasible", None, np.inf, np.inf)
    if columns == 0 or state == highspy.HighsModelStatus.kModelEmpty:
        return MipAnswer("optimal", np.zeros(columns), 0.0, 0.0)
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    values = np.array(solver.getSolution().col_value) if found else None
    objective = float(info.objective_function_value) / scale if found else np.inf
    failed = state == highspy.HighsModelStatus.kSolveError
    bound = float(info.mip_dual_bound) / scale if is_mip and not failed else (objective if solved else -np.inf)
    return MipAnswer("optimal" if solved else "limit", values, objective, bound)
