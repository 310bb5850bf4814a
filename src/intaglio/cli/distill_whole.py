"""`intaglio distill --speedup`: a narrow copy of a network that is trained as one piece."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from intaglio.data.folder import PictureFolder
    from intaglio.storage.pretrained import Pretrained
    from intaglio.training.run import Conduct


def distill_whole(
    teacher: "Pretrained",
    judge: "Pretrained",
    speedup: float,
    multiple: int,
    settings: Mapping[str, Any],
    pictures: "Mapping[str, PictureFolder]",
    folder: Path,
    conduct: "Conduct",
) -> "Pretrained":
    """Make a narrow copy of the filters with the largest L1 norms, and let it learn from the network.

    Args:
        teacher: stays as it is.
        judge: its encoder is the loss network.
        speedup: multiply-accumulates of all convolutions before, over those after.
        multiple: widths are rounded up to a multiple of it.
        settings: of the description, those of the paper for the rest.
        pictures: "content" and "style".
        folder: of the run.
        conduct: how it is carried out.

    """
    from intaglio.exporting.compact import compacted
    from intaglio.training.teach import teach, teach_spec, without_smallest

    student, _ = compacted(without_smallest(teacher, speedup, multiple=multiple), multiple=multiple)
    spec = teach_spec(teacher, student, judge, pictures, settings, "settings")
    return teach(spec, teacher, student, judge, pictures, folder, conduct)
