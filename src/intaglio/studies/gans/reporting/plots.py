"""The plot of scores over training, drawn with matplotlib."""

from matplotlib.figure import Figure

from intaglio.studies.gans.reporting.facts import Account
from intaglio.studies.reporting.drawing import INK, RULE, STYLES, Plot, drawing, legend_above, saved
from intaglio.studies.reporting.levels import level_plots


def plots_of(account: Account, name: str) -> list[Plot]:
    """Scores against sparsity, differences from dense, what is left of layers, and scores over training."""
    lottery, found = account.lottery, account.findings
    sparsities = [lottery.sparsity(number + 1) for number in range(lottery.rounds)]
    drawn = level_plots(account.label, name, found.last, account.layers, measure=found.measure, sparsities=sparsities)
    if any(len(winner.curve) > 1 for winner in account.winners):
        with drawing():
            says = f"{account.label}: {found.measure} over training of the networks that are shown"
            drawn.append(saved(_training(account), f"{name}-training", says))
    return drawn


def _training(account: Account) -> Figure:
    figure = Figure(figsize=(7.4, 3.8), layout="constrained")
    axes = figure.subplots()
    # The colors that arms have in the other plots; a second network of an arm is dotted.
    styles = dict(zip(account.findings.last.arms(), STYLES, strict=False))
    seen = set[str]()
    for winner in account.winners:
        color, marker, dashes = styles.get(winner.arm, (INK, "", "-"))
        if winner.arm in seen:
            marker, dashes = "", ":"
        seen.add(winner.arm)
        steps, scores = zip(*winner.curve, strict=True)
        label = f"{winner.title}, {winner.sparsity:.1%}" if winner.round else winner.title
        axes.plot(steps, scores, color=color, marker=marker, ls=dashes, ms=4.5, label=label)
    axes.set_xlabel("training steps of the generator")
    axes.set_ylabel(account.findings.measure)
    axes.grid(axis="y", color=RULE, lw=0.6)
    axes.set_axisbelow(True)
    legend_above(figure, axes)
    return figure
