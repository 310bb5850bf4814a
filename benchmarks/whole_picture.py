"""The baseline: the published networks on the whole picture at once, as the papers' code runs them.

Plain torch, NCHW, one process: every feature map of the picture is in memory, whitening and coloring run over all positions in
float64 by singular value decomposition, padding is a copy of its own. Only what is needed to run on today's torch and on a CPU
differs from the reference; the result is compared with the golden picture by the tests of the engine, not here.

    python benchmarks/whole_picture.py FOLDER CONTENT STYLE OUT

FOLDER holds the published checkpoints kSE.pth and kSD.pth.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

_LAYERS = {
    1: ["11"],
    2: ["11", "12", "pool", "21"],
    3: ["11", "12", "pool", "21", "22", "pool", "31"],
    4: ["11", "12", "pool", "21", "22", "pool", "31", "32", "33", "34", "pool", "41"],
    5: ["11", "12", "pool", "21", "22", "pool", "31", "32", "33", "34", "pool", "41", "42", "43", "44", "pool", "51"],
}


def _convolution(state: dict[str, Tensor], name: str) -> list[nn.Module]:
    weight = state[f"conv{name}.weight"]
    layer = nn.Conv2d(weight.shape[1], weight.shape[0], weight.shape[2])
    layer.load_state_dict({"weight": weight, "bias": state[f"conv{name}.bias"]})
    return [layer] if name == "0" else [nn.ReflectionPad2d(1), layer, nn.ReLU()]


def _network(state: dict[str, Tensor], names: list[str], enlarge: bool) -> nn.Sequential:
    layers: list[nn.Module] = []
    for name in names:
        if name == "pool":
            layers.append(nn.Upsample(scale_factor=2, mode="nearest") if enlarge else nn.MaxPool2d(2, 2))
        else:
            layers += _convolution(state, name)
    return nn.Sequential(*layers)


def _transfer(content: Tensor, style: Tensor) -> Tensor:
    """Whitening and coloring of (C, H, W) features, in float64."""
    features = content.double().flatten(1)
    centered = features - features.mean(1, keepdim=True)
    u, values, _ = torch.linalg.svd(centered @ centered.T / (centered.shape[1] - 1))
    kept = values > 1e-5
    whitened = u[:, kept] @ torch.diag(values[kept] ** -0.5) @ u[:, kept].T @ centered
    target = style.double().flatten(1)
    mean = target.mean(1, keepdim=True)
    target = target - mean
    u, values, _ = torch.linalg.svd(target @ target.T / (target.shape[1] - 1))
    kept = values > 1e-5
    colored = u[:, kept] @ torch.diag(values[kept] ** 0.5) @ u[:, kept].T @ whitened + mean
    blended = 1.0 * colored + 0.0 * features
    return blended.view_as(content).float()


def _read(path: Path) -> Tensor:
    pixels = np.asarray(Image.open(path).convert("RGB"))
    return torch.from_numpy(pixels.astype(np.float32) / 255).permute(2, 0, 1)[None].contiguous()


def main() -> None:
    folder, content, style, out = (Path(argument) for argument in sys.argv[1:])
    Image.MAX_IMAGE_PIXELS = None
    picture, reference = _read(content), _read(style)
    with torch.no_grad():
        for stage in (5, 4, 3, 2, 1):
            parts = [
                torch.load(folder / f"{stage}{part}.pth", weights_only=True, map_location="cpu")["model"]
                for part in ("SE", "SD")
            ]
            encode = _network(parts[0], ["0", *_LAYERS[stage]], enlarge=False)
            decode = _network(parts[1], _LAYERS[stage][::-1], enlarge=True)
            features, target = encode(picture)[0], encode(reference)[0]
            picture = decode(_transfer(features, target)[None])
    levels = (picture[0].clamp(0, 1) * 255).round().byte().permute(1, 2, 0)
    Image.fromarray(levels.numpy()).save(out, quality=92)


if __name__ == "__main__":
    main()
