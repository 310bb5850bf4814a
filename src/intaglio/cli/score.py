"""`intaglio score`: generated pictures beside real ones, in numbers that carry how they were found."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from intaglio.cli.evaluation import Device, Seed

if TYPE_CHECKING:
    from intaglio.metrics.set_metric import SetMetric


def run(
    real: Annotated[
        Path, typer.Option(help="Real pictures: a folder of them, CIFAR-10 or an .npz of arrays.", show_default=False)
    ],
    fake: Annotated[Path, typer.Option(help="Generated pictures: the same.", show_default=False)],
    features: Annotated[
        Path,
        typer.Option(
            help="What sees them: the folder of a classifier, or a file with the weights of Inception.", show_default=False
        ),
    ],
    metric: Annotated[str, typer.Option(help="Which numbers, with commas between.")] = "fid,kid,is,precision,recall",
    test: Annotated[
        bool, typer.Option("--test", help="Of CIFAR-10 or an .npz, the real pictures are those to be tested on.")
    ] = False,
    seed: Seed = 0,
    statistics: Annotated[
        Path | None,
        typer.Option(help="Folder that keeps what was seen of real pictures, for the next time.", show_default=False),
    ] = None,
    device: Device = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Judge generated pictures beside real ones: FID, KID, Inception Score, precision and recall.

    Every number carries its protocol: numbers of other protocols are not comparable. Through a classifier of yours it is never
    called plain FID.
    """
    from intaglio.cli.output import print_json
    from intaglio.cli.progress_bar import progress_bar
    from intaglio.data.picture_sets import read_picture_set
    from intaglio.storage.feature_network import read_feature_network
    from intaglio.stylizing.run import default_device
    from intaglio.training.score import score

    chosen = _metrics(metric)
    truth, made = read_picture_set(real, test=test), read_picture_set(fake)
    network = read_feature_network(features, default_device(device))
    with progress_bar("score") as listener:
        scores = score(truth, made, network, chosen, seed=seed, statistics=statistics, listener=listener)
    if as_json:
        print_json([one.model_dump(mode="json") for one in scores])
        return
    for one in scores:
        typer.echo(one.line())


def _metrics(names: str) -> "Sequence[SetMetric]":
    from intaglio.metrics.catalog import SET_METRICS

    return [SET_METRICS[name] for name in dict.fromkeys(part.strip() for part in names.split(",") if part.strip())]
