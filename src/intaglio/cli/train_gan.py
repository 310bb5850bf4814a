"""`intaglio train` of GANs."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from intaglio.storage.pretrained import Pretrained
    from intaglio.training.gan.beginning import Beginning
    from intaglio.training.run import Conduct
    from intaglio.vocabulary.progress import Listener


def train_gan(
    name: str,
    folders: Sequence[Path],
    start: Path | None,
    settings: Mapping[str, Any],
    run_folder: Path,
    conduct: "Callable[[Listener], Conduct]",
    arguments: Sequence[str],
) -> "dict[str, Pretrained]":
    """Train a generator and its discriminator.

    Args:
        name: of the preset.
        folders: with the data; one.
        start: folder of a generator to begin with; a discriminator is begun with that lies beside it, if there is one.
        settings: of the description.
        run_folder: of the run.
        conduct: listener -> how it is carried out.
        arguments: of the command, for the networks' source.

    Returns:
        The networks, by their part in the game.

    """
    from intaglio.cli.progress_bar import progress_bar
    from intaglio.data.unlabelled import read_to_learn
    from intaglio.training.gan.beginning import DISCRIMINATOR, GENERATOR
    from intaglio.training.gan.train import gan_spec, side_of, train_gan
    from intaglio.vocabulary.errors import OptionError

    if len(folders) != 1:
        raise OptionError(
            "give one --data: CIFAR-10, a folder with `train` and a folder for each class in it, any pictures, or an .npz"
        )
    beginning = _beginning(start, (GENERATOR, DISCRIMINATOR))
    data = read_to_learn(folders[0], side_of(name, settings, beginning))
    spec = gan_spec(name, data, settings, beginning, "settings")
    with progress_bar(name) as listener:
        parts = train_gan(spec, beginning, data, run_folder, conduct(listener))
    return _told(parts, beginning, arguments, [f"Data: {len(data):,} pictures, digest {data.digest()}."])


def train_translators(
    name: str,
    kinds: Mapping[str, list[Path]],
    start: Path | None,
    settings: dict[str, Any],
    size: Mapping[str, int | None],
    run_folder: Path,
    conduct: "Callable[[Listener], Conduct]",
    arguments: Sequence[str],
) -> "dict[str, Pretrained]":
    """Train a translator each way, and a discriminator of each kind.

    Args:
        name: of the preset.
        kinds: folders of the pictures of the "first" and the "second" kind.
        start: folder of a translator to begin with; so are others that lie beside it.
        settings: of the description.
        size: "size" of the crops and side "to" which pictures are brought before, where they were given.
        run_folder: of the run.
        conduct: listener -> how it is carried out.
        arguments: of the command, for the networks' source.

    Returns:
        The networks, by their part in the game.

    """
    from intaglio.cli.progress_bar import progress_bar
    from intaglio.data.folder import PictureFolder
    from intaglio.training.gan.cycle import PARTS, cycle_spec, train_cycle
    from intaglio.vocabulary.errors import OptionError

    if not all(kinds.values()):
        raise OptionError("--from and --to are folders of pictures, of the kind to translate from and of the other; give both")
    if size["size"] is not None and size["to"] is None:
        # As much larger as 286 is than 256.
        size = {**size, "to": int(size["size"] * 1.12)}
    settings["crop"] = {**settings.get("crop", {}), **{name: value for name, value in size.items() if value is not None}}
    beginning = _beginning(start, PARTS)
    pictures = {kind: PictureFolder.scan(folders) for kind, folders in kinds.items()}
    spec = cycle_spec(name, pictures, settings, beginning, "settings")
    with progress_bar(name) as listener:
        parts = train_cycle(spec, beginning, pictures, run_folder, conduct(listener))
    notes = [f"The {kind} kind: {len(found):,} pictures, digest {found.digest()}." for kind, found in pictures.items()]
    return _told(parts, beginning, arguments, notes)


def _beginning(start: Path | None, parts: Sequence[str]) -> "Beginning":
    """The network to start from, the first part, and the others that lie beside it."""
    from intaglio.storage.artifact import from_pretrained
    from intaglio.training.gan.beginning import Beginning

    if start is None:
        return Beginning()
    beside = {part: start.with_name(f"{start.name}.{part}") for part in parts[1:]}
    found = {part: from_pretrained(folder) for part, folder in beside.items() if folder.is_dir()}
    return Beginning(networks={parts[0]: from_pretrained(start), **found})


def _told(
    parts: "Mapping[str, Pretrained]", beginning: "Beginning", arguments: Sequence[str], notes: Sequence[str]
) -> "dict[str, Pretrained]":
    """The networks, with where they come from."""
    import shlex
    from dataclasses import replace

    parents = tuple((f"start of the {part}", network.digest()) for part, network in beginning.networks.items())
    command = shlex.join(["intaglio", *arguments])

    def told(made: "Pretrained") -> "Pretrained":
        fields = {"parents": parents, "commands": (command,), "notes": (*made.source.notes, *notes)}
        return replace(made, source=made.source.model_copy(update=fields))

    return {part: told(made) for part, made in parts.items()}
