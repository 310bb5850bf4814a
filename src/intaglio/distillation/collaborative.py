"""Collaborative distillation: a narrow encoder learns to work together with the decoder of a wide one.

Wang et al., Collaborative Distillation for Ultra-Resolution Universal Style Transfer, CVPR 2020, eq. 6:
`L_total = beta sum_i L_embed^(i) + L_collab`. The teacher's decoder, frozen, is the collaborator: it decodes the student's
embedded features, and `L_collab` is the loss it was trained with: reconstruction for WCT, content and style for AdaIN.

Departures:
- The embedding losses are relative ones (`embedding.py`).
- Every convolution may be embedded instead of relu_i_1 only (hints, Romero et al. 2015): a student that starts from random
  weights learns much faster so.
"""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from intaglio.distillation.embedding import embedding_loss, heads
from intaglio.distillation.lifted import LiftedEncoder
from intaglio.models.style.vgg_codec import Encoder

Collaboration = Callable[[Mapping[str, Tensor], LiftedEncoder], dict[str, Tensor]]
"""The collaborator's loss: (batch, student in the teacher's channels) -> terms. Networks of it that are modules move along."""


class CollaborativeDistillation(nn.Module):
    """The objective of a student encoder; batches hold what the collaboration wants, and the stream it is embedded on.

    Args:
        student: trained.
        teacher: frozen; as deep as the student.
        collaboration: the collaborator's loss; None to leave it out.
        layers: where the student is embedded; the last is the cut.
        embedding: beta; 0 leaves the embedding loss out, the maps are then trained by the collaboration alone.
        stream: name of the pictures in the batch that both encoders see.

    """

    def __init__(
        self,
        student: Encoder,
        teacher: Encoder,
        collaboration: Collaboration | None,
        layers: tuple[str, ...],
        *,
        embedding: float = 10.0,
        stream: str = "picture",
    ) -> None:
        super().__init__()
        self.student, self.teacher = student, teacher.eval().requires_grad_(False)
        self.student.layers.get_submodule("conv0").requires_grad_(False)
        self.embeddings = heads(student, {layer: teacher.config.width_of(layer) for layer in layers})
        self.lifted = LiftedEncoder(student, self.embeddings, teacher.config)
        """The student in the teacher's channels."""
        self.collaboration, self.layers, self.embedding, self.stream = collaboration, layers, embedding, stream
        self.trained = nn.ModuleDict({"student": self.student, "embeddings": self.embeddings})
        self.weights = {f"embedding.{layer}": embedding for layer in layers}

    def forward(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Terms "embedding.<layer>", and those of the collaboration."""
        picture = batch[self.stream]
        lifted = self.lifted.taps(picture, self.layers)
        terms: dict[str, Tensor] = {}
        if self.embedding:
            with torch.no_grad():
                wanted = self.teacher.taps(picture, self.layers)
            terms |= {f"embedding.{layer}": embedding_loss(lifted[layer], wanted[layer]) for layer in self.layers}
        if self.collaboration is not None:
            with self.lifted.holding(picture, lifted):
                terms |= self.collaboration(batch, self.lifted)
        return terms

    def show(self, batch: Mapping[str, Tensor]) -> list[Tensor]:
        """The pictures; a collaboration with a `show` of its own adds what the teacher's decoder makes of them."""
        shown = getattr(self.collaboration, "show", None)
        return [batch[self.stream]] if shown is None else shown(batch, self.lifted)
