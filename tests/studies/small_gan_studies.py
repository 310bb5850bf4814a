"""Studies of GANs of a few channels on a few pictures: seconds."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data.training_pictures import filled
from intaglio.data.folder import PictureFolder
from intaglio.data.unlabelled import read_to_learn
from intaglio.models.catalog import MODELS
from intaglio.storage.artifact import save_pretrained
from intaglio.storage.pretrained import Pretrained
from intaglio.studies.catalog import DEFINITIONS
from intaglio.studies.gans.definition import GanDefinition
from intaglio.studies.gans.games import PRESETS
from intaglio.studies.gans.plan import GanLottery
from intaglio.studies.sources import Sources
from intaglio.training.assembly import seeded
from intaglio.training.gan.catalog import TRANSLATIONS
from training.small_gans import NETWORKS

GANS = {name: one for name, one in DEFINITIONS.items() if isinstance(one, GanDefinition)}
SIDE = 16
_NARROW: Mapping[str, Mapping[str, Any]] = {
    **NETWORKS,
    "resnet-generator": {**NETWORKS["resnet-generator"], "bottom": 4},
    "cyclegan-generator": {"width": 2, "blocks": 1},
    "patch-discriminator": {"widths": (2, 2, 2, 2)},
}


def settings_of(preset: str, steps: int = 2) -> dict[str, Any]:
    """Of a preset with narrow networks and small batches."""
    known = PRESETS[preset]
    short: dict[str, Any] = {"training": {"steps": steps, "batch_size": 2}}
    short |= {"crop": {"size": 32, "to": 34}} if preset in TRANSLATIONS else {"critic_steps": 1, "generator_batch": 2}
    return known.filled({"generator": _NARROW[known.generator], "discriminator": _NARROW[known.discriminator], **short})


def materials(folder: Path, preset: str) -> tuple[dict[str, Any], Sources]:
    """A classifier that sees, pictures of two data sets, and the fields that name them."""
    card = MODELS["convnet"]
    with seeded(0, "features"):
        made = Pretrained(card=card, config=card.example, network=card.build(card.example).eval())
    save_pretrained(made, folder / "features")
    names = ("first", "second", "elsewhere first", "elsewhere second", "generator", "reverse-generator")
    if preset in TRANSLATIONS:
        places = {name: filled(folder / name, 3 + number) for number, name in enumerate(names)}
        digests = {name: PictureFolder.scan([place]).digest() for name, place in places.items()}
        data, elsewhere = ({name: digests[f"{where}{name}"] for name in names[:2]} for where in ("", "elsewhere "))
        fields = {"data": data, "elsewhere": elsewhere, "given": {name: digests[name] for name in names[4:]}}
        sources = Sources({made.digest(): str(folder / "features")}, {digests[name]: (str(places[name]),) for name in names})
        return {**fields, "features": made.digest()}, sources
    places = {name: filled(folder / name, 6 + number) for number, name in enumerate(names[1:3])}
    found = {name: read_to_learn(place, SIDE).digest() for name, place in places.items()}
    data, elsewhere = ({"pictures": found[name]} for name in names[1:3])
    labelled = {digest: (str(places[name]), True, SIDE) for name, digest in found.items()}
    fields = {"data": data, "elsewhere": elsewhere, "features": made.digest()}
    return fields, Sources({made.digest(): str(folder / "features")}, {}, labelled)


def lottery(named: Mapping[str, Any], preset: str = "sngan", **changes: Any) -> GanLottery:
    """A study of a preset."""
    side = 32 if preset in TRANSLATIONS else SIDE
    given: dict[str, Any] = {"preset": preset, "arms": ("imp-g",), "settings": settings_of(preset), "side": side}
    short = {"seeds": (0,), "rounds": 2, "samples": 6, "looks": 2, "metrics": ("fid",)}
    return GanLottery.parse({**given, **short, **named, **changes}, where="test")
