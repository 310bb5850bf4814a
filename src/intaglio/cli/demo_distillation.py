"""The distillation of `intaglio demo`: one stage of a bundled network, at half its width, in about a minute.

The student shows what it gives back of a picture when nothing is stylized, which is what it learns; and then takes its place
in the network, all other stages being as they are.
"""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from intaglio.cli.demo_learned import Curve, Distillation
from intaglio.cli.demo_pictures import preview
from intaglio.cli.demo_render import render

if TYPE_CHECKING:
    from intaglio.models.style.network import Stage
    from intaglio.models.style.vgg_codec import Cut
    from intaglio.storage.pretrained import Pretrained
    from intaglio.training.distill import DistillSpec

# Enough to know the pace; the first of them are slow.
_TRIAL_STEPS, _FEWEST = 8, 2
_ENCODER_SHARE = 0.6
_TILE = 512


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """What is distilled, and how long."""

    network: str = "wct-16x"
    cut: "Cut" = "relu2_1"
    share: float = 0.5
    """Of the teacher's widths."""
    seconds: float = 60.0
    crop: int = 64
    batch_size: int = 4


def distillation(
    folder: Path, pretrained: "Pretrained", lesson: Lesson, samples: Sequence[Path], shown: tuple[Path, Path]
) -> Distillation:
    """Distill a stage, and stylize with it before and after.

    Args:
        folder: for pictures.
        pretrained: the network whose stage is the teacher.
        lesson: the settings.
        samples: pictures to learn from.
        shown: content and style of the pictures.

    """
    from intaglio.models.style.network import Cascade

    network = pretrained.network
    assert isinstance(network, Cascade)
    stage = next(stage for stage in network.cascade() if stage.config.cut == lesson.cut)
    teacher = _alone(pretrained, stage)
    with tempfile.TemporaryDirectory() as scratch, _one_thread():
        _tiles(samples, Path(scratch, "pictures"))
        before = _distilled(teacher, lesson, (0, 0), Path(scratch), "untrained")
        steps = _steps_that_fit(teacher, lesson, Path(scratch))
        began = time.monotonic()
        student = _distilled(teacher, lesson, steps, Path(scratch), "run")
        seconds = time.monotonic() - began
        curves = tuple(_curves(Path(scratch, "run"), lesson.cut))
    names = _show(folder, pretrained, (before, student), shown)
    pace, student_pace = (_pace(one, shown) for one in (teacher, student))
    return Distillation(
        network=lesson.network,
        cut=lesson.cut,
        widths=stage.config.widths,
        student_widths=_stage(student).config.widths,
        parameters=_parameters(teacher),
        student_parameters=_parameters(student),
        seconds_per_megapixel=pace,
        student_seconds_per_megapixel=student_pace,
        training_seconds=seconds,
        steps=steps,
        crop=lesson.crop,
        batch_size=lesson.batch_size,
        curves=curves,
        before_picture=names[0],
        after_picture=names[1],
        teacher_picture=names[2],
        student_picture=names[3],
    )


def _show(
    folder: Path, pretrained: "Pretrained", students: tuple["Pretrained", "Pretrained"], shown: tuple[Path, Path]
) -> list[str]:
    """Names of four pictures: given back before and after training, stylized with teacher and student."""
    names = [f"distillation-{what}.jpg" for what in ("before", "after", "teacher", "student")]
    for one, name in zip(students, names[:2], strict=True):
        render(one, *shown, folder / name, strength=0.0)
    for one, name in zip((pretrained, _in_place(pretrained, students[1])), names[2:], strict=True):
        render(one, *shown, folder / name)
    return names


def _stage(pretrained: "Pretrained") -> "Stage":
    from intaglio.models.style.network import Cascade

    assert isinstance(pretrained.network, Cascade)
    return pretrained.network.cascade()[0]


def _alone(pretrained: "Pretrained", stage: "Stage") -> "Pretrained":
    """A network of that stage only."""
    from intaglio.training.assembly import filled
    from intaglio.training.parts import shortened

    codec = stage.config.model_copy(update={"embedded": ()})
    config = pretrained.config.model_copy(update={"stages": (codec,)})
    return filled(pretrained.card, config, {codec.cut: (shortened(stage.encoder, codec), stage.decoder)})


def _in_place(pretrained: "Pretrained", student: "Pretrained") -> "Pretrained":
    """The network with the student as one of its stages."""
    from intaglio.models.style.network import Cascade
    from intaglio.training.assembly import rebuilt

    assert isinstance(pretrained.network, Cascade)
    stages = [*pretrained.network.cascade(), _stage(student)]
    return rebuilt(pretrained, {stage.config.cut: (stage.encoder, stage.decoder) for stage in stages})


def _distilled(teacher: "Pretrained", lesson: Lesson, steps: tuple[int, int], scratch: Path, name: str) -> "Pretrained":
    from intaglio.cli.progress_bar import progress_bar
    from intaglio.data.folder import PictureFolder
    from intaglio.training.catalog import METHODS
    from intaglio.training.distill import distill
    from intaglio.training.run import Conduct

    method = METHODS[teacher.card.name]
    pictures = PictureFolder.scan(scratch / "pictures")
    spec = _spec(teacher, lesson, steps, pictures.digest())
    every = max(1, sum(steps) // 150)
    with progress_bar("distill") as listener:
        conduct = Conduct(workers=1, save_every=10**9, log_every=every, show_every=10**9, listener=listener)
        return distill(teacher, method, spec, dict.fromkeys(method.streams, pictures), scratch / name, conduct)


def _spec(teacher: "Pretrained", lesson: Lesson, steps: tuple[int, int], data: str) -> "DistillSpec":
    from intaglio.data.crop import Crop
    from intaglio.distillation.student import scaled_widths
    from intaglio.training.distill import DistillSpec
    from intaglio.training.spec import TrainingSpec

    encoder, decoder = (
        TrainingSpec(steps=count, batch_size=lesson.batch_size, learning_rate=3e-3, schedule="cosine") for count in steps
    )
    return DistillSpec(
        teacher=teacher.digest(),
        data={"picture": data},
        widths=scaled_widths(_stage(teacher).config.widths, lesson.share, multiple=4),
        # Largest filters lose the colors, and a minute does not bring them back; random ones learn all of it.
        start="random",
        layers="all",
        losses={"lift": False},
        crop=Crop(size=lesson.crop, flip=True),
        encoder=encoder,
        decoder=decoder,
    )


def _steps_that_fit(teacher: "Pretrained", lesson: Lesson, scratch: Path) -> tuple[int, int]:
    """Steps of encoder and decoder that take as long as they should on this machine, from a short trial."""
    from intaglio.training.log import read_log

    _distilled(teacher, lesson, (_TRIAL_STEPS, _TRIAL_STEPS), scratch, "trial")
    shares = {"encoder": _ENCODER_SHARE, "decoder": 1 - _ENCODER_SHARE}
    counts = []
    for phase, share in shares.items():
        # The trial is begun cold, which the real run is only once.
        first, last = (read_log(scratch / "trial" / f"{phase}-{lesson.cut}" / "log.jsonl")[at] for at in (0, -1))
        warm = last["step"] / last["steps_per_second"] - first["step"] / first["steps_per_second"]
        counts.append(max(_FEWEST, int(share * lesson.seconds * (last["step"] - first["step"]) / max(warm, 1e-3))))
    return counts[0], counts[1]


def _curves(run: Path, cut: str) -> Iterator[Curve]:
    from intaglio.training.log import read_log

    titles = {"encoder": "The narrow encoder, with the teacher's decoder", "decoder": "The narrow decoder"}
    for phase, title in titles.items():
        lines = read_log(run / f"{phase}-{cut}" / "log.jsonl")
        names = [name for name in lines[0] if name not in ("step", "rate", "steps_per_second", "loading")]
        terms = {name: tuple(float(line[name]) for line in lines) for name in names}
        yield Curve(title=title, steps=tuple(line["step"] for line in lines), terms=terms)


def _tiles(samples: Sequence[Path], folder: Path) -> None:
    """Pictures to learn from: the samples, no larger than a few tiles, cut into them, so that crops are read fast."""
    import pyvips

    folder.mkdir()
    for number, path in enumerate(samples):
        image = pyvips.Image.thumbnail(str(path), 3 * _TILE, size="down").copy_memory()
        for top in range(0, max(1, image.height - _TILE + 1), _TILE):
            for left in range(0, max(1, image.width - _TILE + 1), _TILE):
                tile = image.crop(left, top, min(_TILE, image.width - left), min(_TILE, image.height - top))
                tile.write_to_file(str(folder / f"{number}-{top}-{left}.png"))


def _parameters(pretrained: "Pretrained") -> int:
    from intaglio.metrics.cost import cost_of

    return cost_of(pretrained.network).path_parameters


def _pace(pretrained: "Pretrained", shown: tuple[Path, Path]) -> float:
    """Seconds per megapixel of a network."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch, "timed.jpg")
        seconds = min(render(pretrained, *shown, out).seconds for _ in range(2))
        width, height = preview(out, Path(scratch, "small.jpg"))
    return seconds / (width * height / 1e6)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Crops are so small that threads would wait for each other more than they work."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
