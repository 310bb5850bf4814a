"""Row 0: what the package brings along to show itself: pictures and small networks, made by the project.

The pictures are made by `docs/make_samples.py`; each network's folder has a card of its own.
"""

from importlib.resources import files
from pathlib import Path

_FOLDER = Path(str(files(__name__)))

LANDSCAPE = _FOLDER / "landscape.jpg"
"""A mountain lake in the evening, 3072x2048."""
CONTENT = _FOLDER / "content.jpg"
"""The same, 768x512."""
PAINTING = _FOLDER / "painting.jpg"
"""A style: bold strokes along whirls, 768x512."""
ENGRAVING = _FOLDER / "engraving.jpg"
"""A style: swelling lines of a burin, 768x512."""
WINDOW = _FOLDER / "window.jpg"
"""A style: stained glass, 768x512."""
_PLAIN = "adain-plain-16x"
_STYLE = ("wct-16x", "adain-16x", _PLAIN, "sanet-16x", "lst-16x", "manet-16x", "adaattn-16x", "mccnet-16x")
NETWORKS: dict[str, Path] = {name: _FOLDER / name for name in _STYLE}
"""The style networks that come along, by name."""
BY_KIND: dict[str, Path] = {name.removesuffix("-16x"): path for name, path in NETWORKS.items() if name != _PLAIN}
"""One of each kind, by its name in the catalog of models."""
STARTS: dict[str, Path] = {**BY_KIND, "adain": NETWORKS[_PLAIN]}
"""The same, as the papers have them: without stages that finish what AdaIN makes."""
GANS: dict[str, Path] = {name: _FOLDER / name for name in ("sngan-cifar10", "cyclegan-painting")}
"""A generator of pictures of 32 x 32, and one that makes paintings of photos."""
ARTIFACTS: dict[str, Path] = {**NETWORKS, **GANS, "loss-network": _FOLDER / "loss-network"}
"""All networks that come along, by the names that `from_pretrained` takes."""
