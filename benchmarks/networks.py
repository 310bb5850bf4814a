"""What every style network costs at full width: parameters, multiply-adds, passes, and seconds and memory on a large photo.

    python benchmarks/networks.py PHOTO STYLE                    all networks of the catalog
    python benchmarks/networks.py PHOTO STYLE --only sanet lst   some; what was measured on the same day is kept

Weights are fresh from a seed: what layers cost does not depend on them. Each network runs in a process of its own, as `intaglio
stylize --json` does, with `--memory 1.5GB`; it reports seconds from the photo to the file and the largest resident memory. Only
MANet may approximate. Results go to `benchmarks/results/DATE-networks.{json,md}`.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from intaglio.models.card import ModelCard
from intaglio.models.catalog import MODELS
from intaglio.models.style.vgg_codec import VGG19_WIDTHS, CodecConfig, Cut, depth_of
from intaglio.models.style.wct import WCTConfig
from intaglio.storage.artifact import save_pretrained
from intaglio.storage.pretrained import Pretrained
from intaglio.vocabulary.spec import Spec
from stylize import COMMAND, RESULTS, machine

MEMORY = "1.5GB"


def main() -> int:
    """Measure, then write the figures and a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photo", type=Path)
    parser.add_argument("style", type=Path)
    parser.add_argument("--only", nargs="*", default=list(MODELS))
    given = parser.parse_args()
    cards = [card for card in MODELS.values() if card.name in given.only and card.family == "style"]
    with tempfile.TemporaryDirectory() as folder:
        found = {card.name: measured(card, given.photo, given.style, Path(folder)) for card in cards}
    date = datetime.now(UTC).date().isoformat()
    path = RESULTS / f"{date}-networks.json"
    before = {one["name"]: one for one in json.loads(path.read_text())["networks"]} if path.is_file() else {}
    networks = [{**before, **found}[name] for name in MODELS if name in {**before, **found}]
    document = {"date": date, "machine": machine(), "networks": networks}
    path.write_text(json.dumps(document, indent=2) + "\n")
    path.with_suffix(".md").write_text(page(document))
    print(path.with_suffix(".md").read_text())
    return 0


def full_width(card: ModelCard) -> Spec:
    """The configuration of the paper."""
    if not any(field.is_required() for field in card.config.model_fields.values()):
        return card.config()
    cuts: tuple[Cut, ...] = ("relu5_1", "relu4_1", "relu3_1", "relu2_1", "relu1_1")
    return WCTConfig(stages=tuple(CodecConfig(cut=cut, widths=VGG19_WIDTHS[: depth_of(cut)]) for cut in cuts))


def measured(card: ModelCard, photo: Path, style: Path, folder: Path) -> dict[str, Any]:
    """One network: what its plan says, and what a run took."""
    torch.manual_seed(0)
    config = full_width(card)
    network = card.build(config).requires_grad_(False).eval()
    model = folder / card.name
    save_pretrained(Pretrained(card=card, config=config, network=network), model)
    pictures, options = [str(photo), "--style", str(style)], ["--approximate", "--memory", MEMORY, "--json"]
    command = [*COMMAND, "stylize", *pictures, "--model", str(model), *options]
    report = json.loads(subprocess.run([*command, "-o", str(folder / "out.jpg")], capture_output=True, check=True).stdout)
    megapixels = report["width"] * report["height"] / 1e6
    passes = report["plan"]["passes"]
    result = {
        "name": card.name,
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "macs_per_pixel": sum(one["macs_per_pixel"] for one in passes),
        "passes": [one["name"] for one in passes],
        "disk": max(one["kept_bytes"] for one in passes),
        "megapixels": megapixels,
        "seconds": report["seconds"],
        "peak_bytes": report["peak_memory"],
        "streaming": card.streaming,
    }
    print(card.name, f"{report['seconds']:.1f} s, {report['peak_memory'] / 1e9:.2f} GB", file=sys.stderr, flush=True)
    return result


def page(document: dict[str, Any]) -> str:
    """The table."""
    rows = [
        "| network | parameters | GMAC per Mpx | passes | s per Mpx | peak memory | on disk meanwhile | how it streams |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for one in document["networks"]:
        columns = [
            f"`{one['name']}`",
            f"{one['parameters']:,}",
            f"{one['macs_per_pixel'] / 1000:,.0f}",
            str(len(one["passes"])),
            f"{one['seconds'] / one['megapixels']:.2f}",
            f"{one['peak_bytes'] / 1e9:.2f} GB",
            f"{one['disk'] / 1e9:.2f} GB",
            one["streaming"],
        ]
        rows.append(f"| {' | '.join(columns)} |")
    size, facts = f"{document['networks'][0]['megapixels']:.1f}", document["machine"]
    return (
        f"# Networks at full width, {document['date']}\n\nOne photo of {size} megapixels, one run each, from the photo to the "
        f"file, with `--memory {MEMORY}`; {facts['cores']} cores of {facts['processor']}, torch {facts['torch']}, commit "
        f"`{facts['commit']}`. Multiply-adds are those that are executed, attention and the style's part included.\n\n"
        + "\n".join(rows)
        + "\n"
    )


if __name__ == "__main__":
    sys.exit(main())
