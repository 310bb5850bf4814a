"""The ablation runs from the first step to the page, and does nothing twice."""

import json
from importlib import import_module
from pathlib import Path

import torch

from data.training_pictures import filled
from intaglio.models.style.vgg_codec import CodecConfig
from intaglio.models.style.wct import CARD, WCTConfig
from intaglio.storage.artifact import save_pretrained
from intaglio.storage.pretrained import Pretrained
from training.pairs_of_pictures import write_pictures


def teacher(folder: Path) -> Path:
    deep = CodecConfig(cut="relu4_1", widths=(4, 4, 4, 4, 8, 8, 8, 8, 8))
    config = WCTConfig(stages=(deep, CodecConfig(cut="relu1_1", widths=(16,))))
    torch.manual_seed(0)
    save_pretrained(Pretrained(card=CARD, config=config, network=CARD.build(config).eval()), folder)
    return folder


def test_an_ablation_ends_in_a_page_and_is_not_run_twice(benchmarks: Path, tmp_path: Path) -> None:
    ablation = import_module("ablation")
    write_pictures(tmp_path / "content", 2, seed=1)
    write_pictures(tmp_path / "style", 2, seed=2)
    words = [teacher(tmp_path / "teacher"), "--data", filled(tmp_path / "pictures", 4), "--stages", "relu1_1"]
    words += ["--content", tmp_path / "content", "--style", tmp_path / "style", "--sample", 2, "--seeds", 1, "--steps", 1]
    words += ["--batch", 2, "--crop", 32, "--work", tmp_path / "runs", "--results", tmp_path / "results"]
    words += ["--variants", "full", "pruned, fine-tuned", "pruned, not tuned"]
    given = ablation.arguments().parse_args([str(word) for word in words])
    ablation.run(given)
    page = next((tmp_path / "results").glob("*-ablation.md")).read_text()
    assert "| pruned, fine-tuned |" in page
    assert (tmp_path / "runs" / "sheet.jpg").is_file()
    results = next((tmp_path / "results").glob("*-ablation.json"))
    before = json.loads(results.read_text())["results"]
    assert [one["variant"] for one in before] == ["teacher", "full", "pruned, fine-tuned", "pruned, not tuned"]
    trained = sorted((tmp_path / "runs").rglob("*.safetensors"))
    times = [path.stat().st_mtime_ns for path in trained]
    ablation.run(given)
    assert json.loads(results.read_text())["results"] == before
    assert [path.stat().st_mtime_ns for path in trained] == times
