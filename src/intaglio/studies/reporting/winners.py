"""Which networks of a lottery a report shows and keeps."""

from collections.abc import Sequence

from intaglio.studies.levels import Findings, Level


def winning(found: Findings, arms: Sequence[str]) -> list[tuple[str, Level]]:
    """The dense network; the best and the sparsest matching ticket of the first arm; the other arms at that sparsity.

    Where nothing matches, the others are shown at the first arm's last round.

    Args:
        found: what is known.
        arms: of the study, in its order.

    Returns:
        Titles and levels.

    """
    first = arms[0]
    best, extreme = found.best(first), found.extreme(first)
    last = max(found.of(first), key=lambda level: level.round, default=None)
    shown: list[tuple[str, Level]] = [("dense", found.dense)]
    if best is not None and best.round:
        shown.append((f"best of {first}", best))
    if extreme is not None and extreme is not best:
        shown.append((f"sparsest match of {first}", extreme))
    if extreme is None and last is not None and last is not best:
        shown.append((f"sparsest of {first}", last))
    beside = extreme or last
    for arm in arms[1:]:
        at = found.at(arm, beside.round) if beside else None
        if at is not None:
            shown.append((arm, at))
    if best is not None and not best.round:
        shown.append((first, best))
    return shown
