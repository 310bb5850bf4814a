"""Arguments for `evaluate` and `compare` on a few small pictures."""

from pathlib import Path

from intaglio.storage.artifact import save_pretrained
from loss_networks import narrow_pretrained
from style_networks import STYLE_CARDS, pretrained
from training.pairs_of_pictures import small_grid


def arguments(folder: Path) -> list[str]:
    """Options after the models; pictures and the loss network are written into the folder."""
    small_grid(folder)
    save_pretrained(narrow_pretrained(), folder / "vgg")
    return [
        *("--content", str(folder / "content")),
        *("--style", str(folder / "style")),
        *("--loss-network", str(folder / "vgg")),
        *("--device", "cpu"),
    ]


def style_artifact(folder: Path, card: str, seed: int = 0) -> str:
    save_pretrained(pretrained(STYLE_CARDS[card], seed), folder)
    return str(folder)
