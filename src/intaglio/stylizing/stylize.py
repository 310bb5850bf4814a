"""`stylize`: the whole engine as one function, on files, arrays, PIL images and tensors."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from intaglio.images.catalog import OutputOptions
from intaglio.images.failures import unwritable
from intaglio.images.header import PIXEL_BUDGET
from intaglio.runtime.runtime import Runtime
from intaglio.storage.packed_network import to_run
from intaglio.storage.pretrained import Pretrained
from intaglio.stylizing.alpha import OnWhite, OpaquePixels, WithAlpha
from intaglio.stylizing.engine import Workspace
from intaglio.stylizing.job import STYLE_COST, StyleJob, style_network
from intaglio.stylizing.opened import Opener
from intaglio.stylizing.options import KeepColors, Precision, StylizeOptions
from intaglio.stylizing.picture_job import Limits
from intaglio.stylizing.pixels import ArrayPixels, PixelSource
from intaglio.stylizing.plan import make_plan
from intaglio.stylizing.resources import check_disk, memory_limit
from intaglio.stylizing.run import Pictures, default_device, stylize_pixels
from intaglio.stylizing.schemes import scheme_of
from intaglio.stylizing.styles import shares, style_size
from intaglio.stylizing.track import Track
from intaglio.vocabulary.errors import OptionError
from intaglio.vocabulary.progress import Listener, ignore
from intaglio.vocabulary.quantities import parse_bytes

if TYPE_CHECKING:
    from intaglio.stylizing.forms import PictureInMemory

    PathLike = str | os.PathLike[str]
    Picture = PathLike | PictureInMemory


def stylize(  # noqa: PLR0913 - the options are the interface, and all of them have names
    content: "Picture",
    style: "Picture | Sequence[Picture]",
    *,
    model: "PathLike | Pretrained",
    out: "PathLike | None" = None,
    strength: float = 1.0,
    weights: Sequence[float] = (),
    keep_colors: KeepColors = "none",
    stroke: float | None = None,
    mask: "Picture | None" = None,
    approximate: bool = False,
    memory: str | int | None = None,
    device: str | torch.device = "auto",
    precision: Precision = "float32",
    runtime: Runtime = "auto",
    quality: int | None = None,
    pyramid: bool = False,
    resume: bool = False,
    pixel_budget: int = PIXEL_BUDGET,
    listener: Listener = ignore,
) -> Any:
    """The content in the style of one or more pictures, exactly, in bounded memory.

    What comes out is of the kind that goes in:

    | content | result |
    | --- | --- |
    | tensor (1, 3, H, W) or (3, H, W), floats in [0, 1] | float32 tensor of that shape and device, not clamped, no gradient |
    | array (H, W, 3) or (H, W, 4), floats in [0, 1] | float32 array of that shape, not clamped |
    | array (H, W, 3) or (H, W, 4), uint8 or uint16 | array of that shape and type, clamped and rounded |
    | array (H, W) of any of these types: gray | array (H, W, 3) of its type |
    | PIL image | PIL image of 8 bits, RGB or, with transparency, RGBA |
    | path, without `out` | uint8 or uint16 array (H, W, 3) or (H, W, 4), upright sRGB |
    | path, with `out` | the path of the file written |

    Alpha is kept as it is. Styles and mask may be of another kind than the content, unless `out` is given: then all are
    paths. Values in memory are taken as sRGB; profile, EXIF orientation and metadata are respected in files only. Floats up to
    0.5 below or 1.0 above the range, as unclamped results have them, are taken as they are.

    Args:
        content: the picture to stylize, any size from 1x1.
        style: the picture whose style is taken; a list or tuple of several mixes them. Transparency is laid on white.
        model: folder of a style network, or what `from_pretrained` gave, which saves loading it again.
        out: file to write; the suffix chooses the format. Work lies beside it, so the run can be resumed.
        strength: 0 reconstructs the content, 1 is the full style.
        weights: share of each style in the mixture, at least 0; they need not sum to 1. Empty means equal shares.
        keep_colors: "none"; "luminance", stylize the lightness only; "match", give the style the content's colors first.
        stroke: shorter side of the style as a share of the content's shorter side; None leaves the style at its own size.
        mask: gray levels of the content's size that give each style its region: black the first, white the last, even steps
            between. In memory also booleans and tensors of one channel.
        approximate: for networks whose content attends to itself, beyond the size that is done exactly: let keys and values be
            means of neighboring positions.
        memory: to stay below, in bytes or like "1GB"; pictures that are in memory themselves come on top. None for most of
            what is free.
        device: "auto" (a GPU if there is one), "cpu", "cuda", "cuda:1".
        precision: of the convolutions, "float32", "bfloat16" or "auto".
        runtime: of pruned layers on a CPU: "dense", zeros included; "sparse", by what is kept; "auto", as is faster here.
        quality: of JPEG and WebP, 1 to 100; None for 92. With `out` only.
        pyramid: write a TIFF pyramid. With `out` only.
        resume: go on with what an interrupted run to the same `out` left, if it left anything. With `out` only.
        pixel_budget: most pixels a picture may have.
        listener: told about progress.

    Raises:
        InputError: anything wrong with a picture, the model or an option; `OptionError`, `PictureError`, `SpecError`,
            `WeightsError` are kinds of it.
        ResourceError: not enough memory or disk.
        JournalError: what is there to resume belongs to another run.

    """
    options = StylizeOptions.parse(
        {
            "strength": strength,
            "weights": weights,
            "keep_colors": keep_colors,
            "stroke": stroke,
            "precision": precision,
            "runtime": runtime,
            "approximate": approximate,
        },
        where="options",
    )
    limits = Limits(memory=_bytes(memory), device=default_device(str(device)), pixel_budget=pixel_budget)
    styles = list(style) if isinstance(style, (list, tuple)) else [style]
    shares(options.weights, len(styles), mask is not None)
    pretrained = _loaded(model)
    if out is None:
        if quality is not None or pyramid or resume:
            raise OptionError("quality, pyramid and resume concern a file that is written; name it with out")
        return _in_memory(pretrained, content, styles, mask, options, limits, listener)
    job = StyleJob(
        pretrained,
        _only_path(content, "content"),
        [_only_path(one, "style") for one in styles],
        _only_path(out, "output"),
        options=options,
        mask=None if mask is None else _only_path(mask, "mask"),
        limits=limits,
        output=OutputOptions(pyramid=pyramid) if quality is None else OutputOptions(quality=quality, pyramid=pyramid),
    )
    job.run(resume=resume, listener=listener)
    return job.out


def _in_memory(
    pretrained: Pretrained,
    content: Any,
    styles: Sequence[Any],
    mask: Any,
    options: StylizeOptions,
    limits: Limits,
    listener: Listener,
) -> Any:
    network, card = style_network(pretrained), pretrained.card
    with Opener(limits.pixel_budget) as opener:
        opened = opener.open(content, "content")
        source = opened.source
        size = (source.height, source.width)
        result = np.empty((*size, source.bands), opened.levels)
        sink = ArrayPixels(result)
        pictures = Pictures(
            content=OpaquePixels(source) if source.bands == 4 else source,
            styles=_styles(styles, lambda own: style_size(options.stroke, size, own, card.style_side), opener),
            sink=WithAlpha(sink, source) if source.bands == 4 else sink,
            mask=None if mask is None else opener.open_mask(mask),
        )
        memory = memory_limit(limits.memory)
        plan = make_plan(
            scheme_of(network, options).passes,
            card,
            size,
            [(style.height, style.width) for style in pictures.styles],
            memory=memory,
            device=limits.device,
            tile=limits.tile,
        )
        check_disk(opener.scratch, plan.disk)
        steps = [("read styles", STYLE_COST), *((one.name, one.macs) for one in plan.passes)]
        track = Track(steps, plan.megapixels, listener)
        try:
            stylize_pixels(network, card, plan, pictures, options, Workspace(opener.scratch), track.at)
        except OSError as error:
            raise unwritable(opener.scratch, error) from None
        return opened.give_back(result)


def _styles(styles: Sequence[Any], resize: "Callable[[tuple[int, int]], tuple[int, int]]", opener: Opener) -> list[PixelSource]:
    sources: list[PixelSource] = []
    for index, style in enumerate(styles):
        role = "style" if len(styles) == 1 else f"style {index + 1}"
        source = opener.open(style, role, resize).source
        sources.append(OnWhite(source) if source.bands == 4 else source)
    return sources


def _loaded(model: "PathLike | Pretrained") -> Pretrained:
    if isinstance(model, Pretrained):
        return model
    if isinstance(model, (str, os.PathLike)):
        return to_run(os.fspath(model))
    raise OptionError(f"model must be a folder or what from_pretrained gives, not {type(model).__name__}")


def _only_path(picture: Any, role: str) -> Path:
    if isinstance(picture, (str, os.PathLike)):
        return Path(picture)
    raise OptionError(
        f"out takes paths only, the {role} is of type {type(picture).__name__}; leave out away and save what comes back"
    )


def _bytes(memory: str | int | None) -> int | None:
    if memory is None or isinstance(memory, str):
        return parse_bytes(memory) if memory is not None else None
    if not isinstance(memory, int) or isinstance(memory, bool) or memory <= 0:
        raise OptionError(f"memory must be a number of bytes above zero or a text like '1GB', not {memory!r}")
    return memory
