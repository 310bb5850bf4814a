"""What classifiers share: `ClassifierConfig`, and the classes of pictures as numbers, (N, classes)."""

from itertools import pairwise

from pydantic import Field
from torch import Tensor, nn

from intaglio.models.normalization import BatchNorm
from intaglio.vocabulary.spec import Spec

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CIFAR_MEAN, CIFAR_STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)


class ClassifierConfig(Spec):
    """What every classifier says of itself."""

    classes: int = Field(default=1000, ge=1)
    """How many there are."""
    mean: tuple[float, float, float] = IMAGENET_MEAN
    """Of the pictures' channels, which is subtracted."""
    std: tuple[float, float, float] = IMAGENET_STD
    """What they are divided by then."""
    side: int = Field(default=224, ge=1)
    """Of the pictures that it is made for, pixels; costs are those of such a picture."""


class Classifier(nn.Module):
    """Pictures (N, 3, H, W) in [0, 1] to scores (N, classes), the logarithms of probabilities but for a constant."""

    def __init__(self, config: ClassifierConfig) -> None:
        super().__init__()
        self.config = config

    def forward(self, pictures: Tensor) -> Tensor:
        """Scores of every class."""
        mean, std = (pictures.new_tensor(values).view(1, 3, 1, 1) for values in (self.config.mean, self.config.std))
        return self.scores((pictures - mean) / std)

    def scores(self, pictures: Tensor) -> Tensor:
        """Of pictures whose mean is subtracted; what a network is made of."""
        raise NotImplementedError

    def normalizations(self) -> dict[str, str]:
        """The normalization behind each convolution that has one, by name; it follows in the order of modules, too."""
        layers = [(name, layer) for name, layer in self.named_modules() if isinstance(layer, nn.Conv2d | nn.Linear | BatchNorm)]
        return {before: name for (before, _), (name, layer) in pairwise(layers) if isinstance(layer, BatchNorm)}
