"""Row 0: what the package brings along to show itself: three pictures and a small style network, made by the project.

The pictures are made by `docs/make_samples.py`; the network's folder has a card of its own.
"""

from importlib.resources import files
from pathlib import Path

_FOLDER = Path(str(files(__name__)))

CONTENT = _FOLDER / "content.jpg"
"""A mountain lake in the evening, 768x512."""
PAINTING = _FOLDER / "painting.jpg"
"""A style: bold strokes along whirls, 768x512."""
ENGRAVING = _FOLDER / "engraving.jpg"
"""A style: swelling lines of a burin, 768x512."""
NETWORKS = {"wct-16x": _FOLDER / "network"}
"""Networks as artifacts, by name; `from_pretrained` takes the names too."""
