"""`intaglio train` of classifiers."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from intaglio.storage.pretrained import Pretrained
    from intaglio.training.run import Conduct
    from intaglio.vocabulary.progress import Listener


def train_classifier(
    name: str,
    folders: Sequence[Path],
    start: Path | None,
    settings: Mapping[str, Any],
    run_folder: Path,
    conduct: "Callable[[Listener], Conduct]",
    arguments: Sequence[str],
) -> "tuple[Pretrained, dict[str, float]]":
    """Train it, and judge it on the pictures that it has not seen.

    Args:
        name: of the network.
        folders: with the data; one.
        start: folder of a network to begin with.
        settings: of the description.
        run_folder: of the run.
        conduct: listener -> how it is carried out.
        arguments: of the command, for the network's source.

    Returns:
        The network, and its accuracy by what it was judged on.

    """
    import shlex
    from dataclasses import replace

    from intaglio.cli.progress_bar import progress_bar
    from intaglio.data.class_folders import read_labelled
    from intaglio.objectives.classification import accuracy
    from intaglio.storage.artifact import from_pretrained
    from intaglio.storage.pretrained import Source
    from intaglio.training.classifier import classifier_spec, side_of, train_classifier
    from intaglio.vocabulary.errors import OptionError

    if len(folders) != 1:
        raise OptionError(
            "give one --data: CIFAR-10, a folder with `train` and `val` and a folder for each class in them, or an .npz"
        )
    begun = from_pretrained(start) if start else None
    side = side_of(name, settings, begun)
    learn, test = (read_labelled(folders[0], learn=which, side=side) for which in (True, False))
    if learn.classes != test.classes:
        raise OptionError(f"{folders[0]}: other classes to learn from than to be tested on; give both the same")
    spec = classifier_spec(name, learn, settings, begun, "settings")
    with progress_bar(name) as listener:
        made = train_classifier(spec, learn, run_folder, conduct(listener), start=begun)
    found = {"accuracy": accuracy(made.network, test.pictures, test.labels)}
    source = Source(
        parents=(("start", begun.digest()),) if begun else (),
        commands=(shlex.join(["intaglio", *arguments]),),
        notes=(
            f"Data: {len(learn):,} pictures, digest {learn.digest()}.",
            f"Accuracy: {found['accuracy']:.2%} of {len(test):,} pictures that it has not learned from.",
        ),
    )
    return replace(made, source=source), found
