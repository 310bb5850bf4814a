"""`LiftedEncoder`: a narrow encoder in the place of a wide one."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from torch import Tensor, nn

from intaglio.models.style.vgg_codec import CodecConfig, Encoder


class LiftedEncoder(nn.Module):
    """A student's features in the teacher's channels: whoever works with the teacher's encoder can work with this one.

    Args:
        student: narrow.
        embeddings: linear maps to the teacher's channels, 1x1, by layer; the last one is that of the cut.
        config: of the teacher.

    """

    def __init__(self, student: Encoder, embeddings: nn.ModuleDict, config: CodecConfig) -> None:
        super().__init__()
        self.student, self.embeddings, self.config = student, embeddings, config
        self._held: tuple[Tensor, Mapping[str, Tensor]] | None = None

    def forward(self, picture: Tensor) -> Tensor:
        """Features at the cut, (N, C, h, w) of the teacher's channels, of pictures (N, 3, H, W) in [0, 1]."""
        cut = list(self.embeddings)[-1]
        return self.taps(picture, (cut,))[cut]

    def taps(self, picture: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
        """Features after each of the layers `names`, which have to be embedded."""
        if self._held is not None and picture is self._held[0]:
            return {name: self._held[1][name] for name in names}
        found = self.student.taps(picture, tuple(names))
        return {name: self.embeddings[name](features) for name, features in found.items()}

    @contextmanager
    def holding(self, picture: Tensor, lifted: Mapping[str, Tensor]) -> Iterator[None]:
        """While the block lasts these are the features of a picture at all layers, and are not computed again."""
        self._held = picture, lifted
        try:
            yield
        finally:
            self._held = None

    def learn_(self, learns: bool) -> None:
        """Let it learn, maps included, or not; never the color convolution."""
        self.student.learn_(learns)
        self.embeddings.requires_grad_(learns)
