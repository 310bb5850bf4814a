"""The Inception v3 of 2015 by whose features the literature compares, as torch-fidelity runs it; needs the extra `fid`.

The weights are a file that the user has; nothing is downloaded. Features are `pool_3`, 2,048 numbers, and scores are those of
1,008 classes without their bias, as in the code that Inception Scores were first computed with.

Departures:
- Pictures are given at their own size; torch-fidelity resizes them inside the network, as TensorFlow 1 did.
"""

from pathlib import Path

import torch
from torch import Tensor

from intaglio.metrics.feature_network import FeatureNetwork
from intaglio.metrics.set_features import Seen
from intaglio.storage.foreign import read_state, sha256_of
from intaglio.vocabulary.errors import OptionError, WeightsError

PUBLISHED = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
"""SHA-256 of the weights that torch-fidelity and pytorch-fid publish, which were converted from TensorFlow."""
_FILE = "weights-inception-2015-12-05-6726825d.pth"
_FEATURES = ["2048", "logits_unbiased"]
_RESIZE = "299 x 299 inside the network, bilinear as in TensorFlow 1"


def read_inception(path: Path, device: torch.device) -> FeatureNetwork:
    """The network of a file of weights; its numbers have plain names only where the file is the published one.

    Args:
        path: the weights, in the layout of torch-fidelity.
        device: where it sees.

    Raises:
        OptionError: torch-fidelity is not installed.
        WeightsError: a file that is damaged, unsafe or of another layout.

    """
    try:
        from torch_fidelity import FeatureExtractorInceptionV3
    except ImportError:
        raise OptionError(
            "torch-fidelity, which runs Inception, is not installed; pip install 'intaglio[fid]', or take a classifier of ours"
        ) from None
    # It opens the file itself; before that ours says in one line what is wrong with it, and runs nothing.
    read_state(path)
    digest = sha256_of(path)
    try:
        network = FeatureExtractorInceptionV3("inception-2015", list(_FEATURES), feature_extractor_weights_path=str(path))
    except RuntimeError:
        raise WeightsError(f"{path} are no weights of Inception in the layout of torch-fidelity; get {_FILE}") from None
    network.to(device).eval()

    @torch.inference_mode()
    def see(pictures: Tensor) -> Seen:
        features, scores = network(pictures.to(device))
        return features, scores

    return FeatureNetwork(
        name="inception-2015",
        digest=digest[:16],
        resize=_RESIZE,
        side=None,
        published=digest == PUBLISHED,
        see=see,
    )
