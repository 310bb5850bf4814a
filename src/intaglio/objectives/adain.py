"""AdaIN's training: the decoder learns to make pictures whose features have the content's places and the style's statistics.

Huang & Belongie 2017, eq. 11-13: `L = L_c + lambda L_s`, `L_c` between the features of the output and the AdaIN target at
relu4_1, `L_s` between means and standard deviations at relu1_1 .. relu4_1.

Departures:
- Norms are mean squared errors, as in the PyTorch port whose weights are in use: content 1, style 10.
- The loss network may be another than the encoder that is stylized with. The target is then the AdaIN of the loss network's
  features. Where it is the same, targets and losses are those of the port.
- An identity term, off by default: the content decoded without a transfer is to come back, which keeps flat areas flat.
- A range term, off by default: what the output leaves [0, 1] by. With it the loss network sees the output clamped, as a file
  holds it; without it a small decoder pays for the style's contrasts with values that no file can hold.
- Stages of whitening and coloring may stand behind the decoder; what they make of its pictures is judged then.
- Trained jointly, the encoder keeps its color convolution, which is a change of units.
"""

from collections.abc import Callable, Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from intaglio.models.style.gram import lifted_mean_and_std
from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.network import Stage
from intaglio.models.style.statistics import restyled, wide
from intaglio.models.style.vgg_codec import Encoder
from intaglio.objectives.finishing import Finishing

LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
Map = Callable[[Tensor], Tensor]


class AdaINLoss(nn.Module):
    """The terms of an encoder and a decoder on a batch of "content" and "style", as many of each.

    Args:
        loss_network: to relu4_1 at least; the network's own encoder in the paper.
        identity: whether there is an identity term.
        bounded: whether there is a range term, and outputs are clamped for the others.

    """

    def __init__(self, loss_network: LossNetwork, *, identity: bool = False, bounded: bool = False) -> None:
        super().__init__()
        loss_network.require(LAYERS)
        self.loss_network, self.identity, self.bounded = loss_network, identity, bounded

    def forward(
        self, batch: Mapping[str, Tensor], encode: Map, decode: Map, finish: Callable[[Tensor, Tensor], Tensor] | None = None
    ) -> dict[str, Tensor]:
        """Terms "content" and "style.relu<i>_1", and "identity" and "range" if there are.

        Args:
            batch: "content" and "style", (N, 3, H, W) in [0, 1].
            encode: pictures to features.
            decode: features to pictures.
            finish: (pictures, styles) -> what is made of them behind; the identity term knows nothing of it.

        """
        content, style = batch["content"], batch["style"]
        features = encode(content)
        network, deepest = self.loss_network, LAYERS[-1]
        stylized = decode(restyled(features, encode(style)))
        stylized = stylized if finish is None else finish(stylized, style)
        held = stylized.clamp(0.0, 1.0) if self.bounded else stylized
        made = network.bare(held, LAYERS)
        with torch.no_grad():
            of_style = network.bare(style, LAYERS)
            target = restyled(network(content, [deepest])[deepest], _lifted(of_style[deepest], network.head(deepest)))
        terms = {"content": F.mse_loss(wide(_lifted(made[deepest], network.head(deepest))), wide(target))}
        for layer in LAYERS:
            ours, theirs = (lifted_mean_and_std(seen[layer], network.head(layer)) for seen in (made, of_style))
            terms[f"style.{layer}"] = F.mse_loss(ours[0], theirs[0]) + F.mse_loss(ours[1], theirs[1])
        if self.identity:
            terms["identity"] = F.mse_loss(wide(decode(features)), content)
        if self.bounded:
            terms["range"] = F.mse_loss(wide(stylized), wide(held))
        return terms


class AdaINTraining(nn.Module):
    """The objective of AdaIN's decoder.

    Args:
        encoder: frozen, unless `joint`.
        decoder: trained.
        loss: the terms.
        weights: by term; those of the paper if left out.
        finish: stages behind; trained only if `joint`.
        joint: train the encoder as well ("AdaIN+" of Kong et al. 2022).

    """

    def __init__(
        self,
        encoder: Encoder,
        decoder: nn.Module,
        loss: AdaINLoss,
        weights: Mapping[str, float] | None = None,
        *,
        finish: Sequence[Stage] = (),
        joint: bool = False,
    ) -> None:
        super().__init__()
        self.encoder, self.decoder, self.loss = encoder, decoder, loss
        self.encoder.learn_(joint)
        self.finish = Finishing(finish, learn=joint)
        both = {"encoder": self.encoder, "decoder": self.decoder, "finish": self.finish}
        self.trained = nn.ModuleDict(both if joint else {"decoder": self.decoder})
        self.weights = adain_weights() if weights is None else dict(weights)

    def forward(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The terms."""
        terms: dict[str, Tensor] = self.loss(batch, self.encoder, self.decoder, self.finish)
        return terms

    def show(self, batch: Mapping[str, Tensor]) -> list[Tensor]:
        """Content, style, stylized."""
        content, style = batch["content"], batch["style"]
        stylized = self.decoder(restyled(self.encoder(content), self.encoder(style)))
        return [content, style, self.finish(stylized, style)]


class AdaINCollaboration(nn.Module):
    """`L_collab` of collaborative distillation for AdaIN: the same terms, through a decoder that stays as it is."""

    def __init__(self, decoder: nn.Module, loss: AdaINLoss) -> None:
        super().__init__()
        self.decoder, self.loss = decoder.eval().requires_grad_(False), loss

    def forward(self, batch: Mapping[str, Tensor], encode: Map) -> dict[str, Tensor]:
        """The terms with `encode` in the place of the teacher's encoder."""
        terms: dict[str, Tensor] = self.loss(batch, encode, self.decoder)
        return terms

    def show(self, batch: Mapping[str, Tensor], encode: Map) -> list[Tensor]:
        """Content, style, stylized."""
        content, style = batch["content"], batch["style"]
        return [content, style, self.decoder(restyled(encode(content), encode(style)))]


def adain_weights(content: float = 1.0, style: float = 10.0, identity: float = 0.0, bounds: float = 0.0) -> dict[str, float]:
    """Weights by term: of `L_c`, lambda, of the identity and the range term."""
    return {"content": content, "identity": identity, "range": bounds, **{f"style.{layer}": style for layer in LAYERS}}


def _lifted(features: Tensor, head: nn.Conv2d | None) -> Tensor:
    return features if head is None else head(features)
