"""A network in one file, as a plugin of pytest that adds its line to the catalogs: `-p toy_network`.

Statistics of the style at relu2_1 after a learned 1x1 convolution of the normalized content. No paper has it.
"""

from collections.abc import Sequence

from torch import Tensor, nn

import intaglio.models.catalog as models
from intaglio.models.card import ModelCard
from intaglio.models.style.statistics import mean_and_std
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.models.style.steps import Apply, FeatureMap, Known, Local, Step
from intaglio.models.style.vgg_codec import CodecConfig, Decoder, Encoder
from intaglio.vocabulary.catalog import Catalog
from intaglio.vocabulary.spec import Spec

READ = FeatureMap("relu2_1", 2)


class ToyConfig(Spec):
    """One codec."""

    encoder: CodecConfig


class Toy(SteppedNetwork):
    """The network; see the module."""

    def __init__(self, config: ToyConfig) -> None:
        super().__init__(Encoder(config.encoder))
        self.mix = nn.Conv2d(config.encoder.channels, config.encoder.channels, 1)
        self.decoder = Decoder(config.encoder)

    def steps(self) -> tuple[Step, ...]:
        local = Local(reads=(READ,), grid=READ.grid, channels=self.encoder.config.channels, prepare=self._prepare)
        return (Step(name="picture", parts=(local, self.decoder)),)

    def _prepare(self, known: Known) -> Apply:
        mean, deviation = known.spread(READ)
        to_mean, to_deviation = (one[..., None, None] for one in mean_and_std(known.style(READ)))

        def apply(features: Sequence[Tensor]) -> Tensor:
            mixed: Tensor = self.mix((features[0] - mean) / deviation) * to_deviation + to_mean
            return mixed

        return apply


CARD = ModelCard(
    name="toy",
    title="A network of the tests",
    paper="none",
    family="style",
    config=ToyConfig,
    build=Toy,
    example=ToyConfig(encoder=CodecConfig(cut="relu2_1", widths=(4, 4, 8), decoder_relu=False)),
    size_multiple=2,
    smallest_side=8,
    streaming="exact: one pass for mean and deviation of relu2_1, one to render",
)
models.MODELS = Catalog("model", [*models.MODELS.items(), (CARD.name, CARD)])

# The other half of a network, how it is trained; imported only now, so that everyone sees the longer catalog.
import intaglio.training.catalog as training  # noqa: E402
from intaglio.objectives.sanet import SANetTraining  # noqa: E402
from intaglio.training.method import LossSettings, NetworkMethod  # noqa: E402
from intaglio.training.whole import in_one_piece  # noqa: E402

METHOD = NetworkMethod(
    name=CARD.name,
    settings=LossSettings,
    objective=lambda network, judge, _, joint: SANetTraining(
        network,
        judge,
        dict.fromkeys(("content", "style", "identity.pixels", "identity.features"), 1.0),
        joint=joint,
    ),
    cuts=("relu2_1",),
    config=lambda encoder: ToyConfig(encoder=encoder),
)
training.NETWORK_METHODS = Catalog("training method", [*training.NETWORK_METHODS.items(), (METHOD.name, METHOD)])
training.RECIPES = Catalog("training method", [*training.RECIPES.items(), (METHOD.name, in_one_piece(METHOD))])
