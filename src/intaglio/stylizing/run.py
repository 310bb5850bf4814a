"""One stylization from pixel source to pixel sink: the core that files, arrays and tensors share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from intaglio.models.card import ModelCard
from intaglio.models.style.network import StyleNetwork
from intaglio.stylizing.colors import color_moments, luminance, matched, matched_luminance
from intaglio.stylizing.engine import Engine, Report, Workspace
from intaglio.stylizing.known import Known
from intaglio.stylizing.options import KeepColors, StylizeOptions
from intaglio.stylizing.padding import PaddedPicture, cropping
from intaglio.stylizing.pixels import PixelSink, PixelSource
from intaglio.stylizing.plan import Plan
from intaglio.stylizing.recolored import ContentChroma
from intaglio.stylizing.regions import Regions
from intaglio.stylizing.scheme import Program, StyleSetting
from intaglio.stylizing.schemes import scheme_of
from intaglio.stylizing.styles import shares
from intaglio.stylizing.surroundings import exact_arithmetic
from intaglio.vocabulary.errors import OptionError


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """What goes in and where it comes out."""

    content: PixelSource
    styles: Sequence[PixelSource]
    """Already resized by the stroke."""
    sink: PixelSink
    mask: PixelSource | None = None
    """Gray levels that give each style its region; of the content's size."""


def stylize_pixels(
    network: StyleNetwork,
    card: ModelCard,
    plan: Plan,
    pictures: Pictures,
    options: StylizeOptions,
    workspace: Workspace,
    report: Report,
) -> None:
    """Read the styles, run the passes, write every row of the sink.

    Args:
        network: in evaluation mode, on the CPU.
        card: its facts.
        plan: for the content's size.
        pictures: sources and sink.
        options: how.
        workspace: scratch folder and journal.
        report: told about progress: step 0 for the styles, then one for each pass.

    Raises:
        OptionError: weights or mask do not fit the styles.

    """
    with exact_arithmetic():
        known = workspace.hands.known if workspace.hands else Known()
        program, sink = begin(network, card, plan, pictures, options, workspace.folder, known, lambda share: report(0, share))
        passes = Engine(
            program,
            plan,
            sink,
            workspace.journal,
            lambda step, share: report(step + 1, share),
            workspace.hands,
        )
        passes.run()


def begin(
    network: StyleNetwork,
    card: ModelCard,
    plan: Plan,
    pictures: Pictures,
    options: StylizeOptions,
    scratch: Path,
    known: Known,
    report: Callable[[float], None],
) -> tuple[Program, PixelSink]:
    """Be ready for any pass, under `exact_arithmetic`.

    Args:
        network: in evaluation mode, on the CPU.
        card: its facts.
        plan: for the content's size.
        pictures: sources and sink.
        options: how.
        scratch: folder for what is kept between passes.
        known: what was read of the pictures before, and takes what is read now.
        report: told the share of the styles that is read.

    Returns:
        The network at work on the picture, and the sink that is to be flushed to have safe what was written.

    Raises:
        OptionError: weights or mask do not fit the styles.

    """
    weights = shares(options.weights, len(pictures.styles), pictures.mask is not None)
    content, styles, sink = colored(pictures, options.keep_colors, known)
    setting = StyleSetting(
        card=card,
        plan=plan,
        picture=PaddedPicture(content, plan.padded_height, plan.padded_width),
        styles=styles,
        options=options,
        weights=weights,
        regions=_regions(pictures, plan),
        scratch=scratch,
        write=cropping(sink, plan.height, plan.width),
        report=report,
        known=known,
    )
    return scheme_of(network, options).program(setting), sink


def colored(
    pictures: Pictures, keep: KeepColors, known: Known | None = None
) -> tuple[PixelSource, list[PixelSource], PixelSink]:
    """Content, styles and sink that keep the content's colors in the way asked for."""
    content, styles, sink = pictures.content, list(pictures.styles), pictures.sink
    known = known or Known()
    match keep:
        case "none":
            return content, styles, sink
        case "match":
            colors = known.colors = known.colors or color_moments(content)
            return content, [matched(style, colors) for style in styles], sink
        case "luminance":
            colors = known.colors = known.colors or color_moments(content)
            gray: list[PixelSource] = [matched_luminance(style, colors) for style in styles]
            return luminance(content), gray, ContentChroma(sink, content)


def _regions(pictures: Pictures, plan: Plan) -> Regions | None:
    mask, count = pictures.mask, len(pictures.styles)
    if mask is None:
        return None
    if count < 2:
        raise OptionError("a mask divides a picture among styles; give at least two styles, or leave the mask out")
    if (mask.height, mask.width) != (plan.height, plan.width):
        raise OptionError(
            f"the mask is {mask.width}x{mask.height}, the content {plan.width}x{plan.height}; make them the same size"
        )
    return Regions(PaddedPicture(mask, plan.padded_height, plan.padded_width), count)


def default_device(name: str) -> torch.device:
    """The device called `name`: "auto" (a GPU if there is one), "cpu", "cuda" or "cuda:1".

    Raises:
        OptionError: no such device here.

    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise OptionError(f"unknown device {name!r}; use auto, cpu or cuda") from None
    if device.type not in ("cpu", "cuda"):
        raise OptionError(f"device {name!r} is not supported; use auto, cpu or cuda")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise OptionError(f"no device {name!r} here; use --device cpu")
    return device
