"""Pictures by the networks of a study, as its report shows them side by side."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from intaglio.data.folder import PictureFolder
from intaglio.images.whole import read_whole, write_whole
from intaglio.studies.action import Bench
from intaglio.studies.tickets.steps import Sample
from intaglio.stylizing.stylize import stylize

_QUALITY = 90
_SUFFIX = ".jpg"


def draw_samples(spec: Sample, bench: Bench, folder: Path) -> Mapping[str, Any]:
    """Stylize with the engine, as a user would: content, style and result of each pair lie in the folder."""
    network, pictures = bench.network(spec.of), bench.pictures(spec.data)
    names = {stream: _spread(found, spec.pairs) for stream, found in pictures.items()}
    for number in range(spec.pairs):
        pair = {
            stream: read_whole(found.files[names[stream][number]], shorter_side=spec.size) for stream, found in pictures.items()
        }
        stylized = stylize(pair["content"], pair["style"], model=network, device=bench.conduct.device)
        for stream, picture in {**pair, "stylized": stylized}.items():
            write_whole(picture, sample_of(folder, stream, number), quality=_QUALITY)
    return {stream: [found.names[place] for place in names[stream]] for stream, found in pictures.items()}


def sample_of(folder: Path, stream: str, number: int) -> Path:
    """Where a step keeps "content", "style" or "stylized" of the n-th pair, from 0."""
    return folder / f"{number + 1:02d}-{stream}{_SUFFIX}"


def _spread(pictures: PictureFolder, count: int) -> list[int]:
    """Places of so many pictures, evenly from the first; some twice where there are not so many."""
    return [number * len(pictures.files) // count for number in range(count)]
