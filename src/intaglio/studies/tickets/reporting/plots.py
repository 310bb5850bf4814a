"""The plots of a report on tickets in style networks."""

from intaglio.studies.reporting.drawing import Plot
from intaglio.studies.reporting.levels import level_plots
from intaglio.studies.tickets.reporting.facts import Account


def plots_of(account: Account, name: str) -> list[Plot]:
    """Errors against sparsity, differences from the dense network, and what is left of each layer; those there is data for."""
    sparsities = [account.lottery.sparsity(number + 1) for number in range(account.lottery.rounds)]
    measure = "error on unseen pairs"
    return level_plots(account.label, name, account.findings, account.layers, measure=measure, sparsities=sparsities)
