"""`TranslationJob`: one picture file translated to one picture file, in memory if it fits and streamed if not."""

import dataclasses
from pathlib import Path

import torch

from intaglio.images.catalog import OutputOptions
from intaglio.models.gan.translator import Translator
from intaglio.runtime.runtime import Runtime
from intaglio.storage.pretrained import Pretrained
from intaglio.stylizing.engine import Engine, Report, Workspace
from intaglio.stylizing.padding import PaddedPicture, cropping
from intaglio.stylizing.picture_job import Limits, PictureJob
from intaglio.stylizing.pixels import PixelSink, PixelSource
from intaglio.stylizing.plan import Plan, make_plan
from intaglio.stylizing.resources import memory_limit
from intaglio.stylizing.scheme import Setting
from intaglio.stylizing.surroundings import exact_arithmetic
from intaglio.stylizing.translation import InMemoryScheme, TranslationScheme
from intaglio.vocabulary.errors import OptionError
from intaglio.vocabulary.quantities import format_bytes


class TranslationJob(PictureJob):
    """Checked, planned, and ready to run.

    Args:
        pretrained: a translator.
        picture: of any size; sides that the network does not take are filled up by reflection, and cut off in the end.
        out: the file to write; its suffix chooses the format.
        limits: what the run may take; it is streamed where it does not fit into the memory, or where tiles are given.
        output: how the file is encoded.
        runtime: of pruned layers on a CPU: "dense", zeros included; "sparse", by what is kept; "auto", as is faster here.

    Raises:
        InputError: the network is no translator, or anything wrong with the picture or the output.
        ResourceError: not enough memory or disk.

    """

    def __init__(
        self,
        pretrained: Pretrained,
        picture: Path,
        out: Path,
        *,
        limits: Limits | None = None,
        output: OutputOptions | None = None,
        runtime: Runtime = "auto",
    ) -> None:
        self.network = _translator(pretrained)
        super().__init__(pretrained, picture, out, limits=limits, output=output)
        self.check_out(picture)
        self._tiled = TranslationScheme(self.network, runtime)
        self._whole = InMemoryScheme(self.network, self._tiled.course, runtime)
        self._limit = memory_limit(self.limits.memory)
        self._in_memory = self._planned_in_memory()
        self._room = _room(self.limits.device, self._limit)
        self.streamed = self.limits.tile is not None or self._in_memory.memory > self._room
        self.plan = self.make_plan(self.limits.tile)

    @property
    def reason(self) -> str:
        """Why it is streamed, or is not."""
        needed, limit = format_bytes(self._in_memory.memory), format_bytes(self._room)
        if self.limits.tile is not None:
            return "streamed, since tiles are given"
        if self.streamed:
            return f"streamed, since in memory it takes {needed} and {limit} is allowed"
        return f"in memory, since {limit} is allowed"

    @property
    def computed(self) -> float:
        """Megapixels that the passes compute together, as pictures that go through the whole network once."""
        once = sum(one.macs for one in self._in_memory.passes)
        return sum(one.macs for one in self.plan.passes) / once * self.plan.padded_height * self.plan.padded_width / 1e6

    def make_plan(self, tile: tuple[int, int] | None) -> Plan:
        """What a run will do, with these tiles or those that fit; in memory there is one."""
        if not self.streamed:
            return self._in_memory
        return self._planned(self._tiled, memory=self._limit, tile=tile)

    def facts(self) -> dict[str, str]:
        """How it is done: the two differ in their passes, and layers in their ways."""
        return {"the choice to stream": str(self.streamed), "layers": self.plan.ways}

    def preparations(self) -> list[tuple[str, float]]:
        """None."""
        return []

    def stream(self, content: PixelSource, sink: PixelSink, workspace: Workspace, report: Report) -> None:
        """Translate."""
        plan = self.plan
        with exact_arithmetic():
            setting = Setting(
                card=self.card,
                plan=plan,
                picture=PaddedPicture(content, plan.padded_height, plan.padded_width),
                scratch=workspace.folder,
                write=cropping(sink, plan.height, plan.width),
            )
            program = (self._tiled if self.streamed else self._whole).program(setting)
            Engine(program, plan, sink, workspace.journal, report).run()

    def _planned_in_memory(self) -> Plan:
        """Its one tile is as large as the padded picture."""
        plan = self._planned(self._whole, memory=None, tile=(1, 1))
        return dataclasses.replace(plan, tile=(plan.padded_height, plan.padded_width))

    def _planned(self, scheme: InMemoryScheme | TranslationScheme, *, memory: int | None, tile: tuple[int, int] | None) -> Plan:
        plan = make_plan(
            lambda height, width, chosen, _styles: scheme.passes(height, width, chosen),
            self.card,
            (self.content.height, self.content.width),
            [],
            memory=memory,
            device=self.limits.device,
            tile=tile,
            spool_bytes=3 * self.content.spool_bytes,
        )
        return dataclasses.replace(plan, journal_seconds=self.limits.journal_seconds)


def _room(device: torch.device, limit: int) -> int:
    """Bytes that a picture may take in memory; on a graphics card, its own is the narrower one."""
    return limit if device.type == "cpu" else min(limit, int(torch.cuda.mem_get_info(device)[0]))


def _translator(pretrained: Pretrained) -> Translator:
    card = pretrained.card
    if not isinstance(pretrained.network, Translator):
        raise OptionError(f"{card.name} is a {card.family}; a translator is needed, `intaglio train cyclegan` makes one")
    return pretrained.network
