"""What a lottery study found: errors over seeds, by level of sparsity."""

from intaglio.studies.levels import Findings, Judged, levels_of
from intaglio.studies.tickets.lottery import DENSE, LotterySpec, trials
from intaglio.studies.workspace import Workspace


def findings(spec: LotterySpec, workspace: Workspace) -> Findings | None:
    """What is known so far; None until the first dense network is judged."""
    dense, tickets, missing = list[Judged](), list[Judged](), 0
    for trial in trials(spec):
        judged = workspace.result(trial.judge.digest())
        if judged is None:
            missing += 1
            continue
        cut = workspace.result(trial.cut.digest()) if trial.cut else None
        shares = {name: cut[name] for name in ("sparsity", "sparsity_of_parameters")} if cut else {}
        known = Judged(arm=trial.arm, seed=trial.seed, round=trial.round, error=float(judged["error"]), **shares)
        (dense if trial.arm == DENSE else tickets).append(known)
    return levels_of(spec.network, dense, tickets, missing)
