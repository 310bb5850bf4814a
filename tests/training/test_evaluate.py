import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from intaglio.metrics.catalog import METRICS
from intaglio.metrics.comparison import Comparison, look_at
from intaglio.training.evaluate import REPORT, SHEET, evaluate, picture_of, shown_of
from intaglio.training.evaluation import Evaluation
from intaglio.training.judge import MOST_PIXELS, Judge
from intaglio.training.ledger import LEDGER
from intaglio.vocabulary.errors import InputError, JournalError, OptionError, PictureError
from intaglio.vocabulary.progress import Progress
from loss_networks import narrow
from training.pairs_of_pictures import SUBJECT, mix, small_grid, write_pictures


def tensor_of(path: Path) -> Tensor:
    return torch.from_numpy(np.asarray(Image.open(path)).copy()).permute(2, 0, 1)[None] / 255


def judge(size: int | None = None) -> Judge:
    return Judge(narrow(), size)


class Interrupted:
    """A stylization that is stopped after some calls, as by Ctrl-C."""

    def __init__(self, calls: int) -> None:
        self.left, self.calls = calls, 0

    def __call__(self, content: Tensor, style: Tensor) -> Tensor:
        if self.calls == self.left:
            raise KeyboardInterrupt
        self.calls += 1
        return mix(content, style)


def timeless(evaluation: Evaluation) -> object:
    document = evaluation.model_dump(mode="json", exclude={"seconds_per_megapixel"})
    for result in document["results"]:
        del result["seconds"]
    return document


def test_values_are_those_of_the_metrics_on_the_clamped_result(tmp_path: Path) -> None:
    grid = small_grid(tmp_path, 2, 2)
    evaluation = evaluate(SUBJECT, mix, grid, judge())
    network = narrow()
    for pair, result in zip(grid.pairs(), evaluation.results, strict=True):
        content, style = tensor_of(pair.content), tensor_of(pair.style)
        compared = Comparison(
            content=look_at(content, network),
            style=look_at(style, network).statistics,
            stylized=look_at(mix(content, style).clamp(0, 1), network),
        )
        expected = {name: value for metric in METRICS.values() for name, value in metric.measure(compared).items()}
        assert result.values == pytest.approx(expected)
        assert (result.content, result.style) == (pair.content.name, pair.style.name)
        assert result.megapixels == 40 * 48 / 1e6


def test_the_summary_is_over_all_pairs(tmp_path: Path) -> None:
    evaluation = evaluate(SUBJECT, mix, small_grid(tmp_path), judge(), conditions="a machine")
    assert (evaluation.pairs, len(evaluation.results), evaluation.conditions) == (6, 6, ("a machine",))
    paces = sorted(result.seconds / result.megapixels for result in evaluation.results)
    assert evaluation.seconds_per_megapixel == pytest.approx((paces[2] + paces[3]) / 2)
    for name, value in evaluation.values.items():
        assert value.mean == pytest.approx(np.mean([result.values[name] for result in evaluation.results]))
        assert value.low is not None
        assert value.high is not None
        assert value.low < value.mean < value.high


def test_pictures_are_judged_at_the_size_asked_for(tmp_path: Path) -> None:
    seen: list[tuple[torch.Size, torch.Size]] = []

    def note(content: Tensor, style: Tensor) -> Tensor:
        seen.append((content.shape, style.shape))
        return content

    evaluation = evaluate(SUBJECT, note, small_grid(tmp_path, 1, 1), judge(80))
    assert seen == [((1, 3, 80, 96), (1, 3, 80, 133))]
    assert evaluation.protocol.size == 80


def test_a_folder_gets_ledger_report_pictures_and_sheet(tmp_path: Path) -> None:
    grid, folder = small_grid(tmp_path), tmp_path / "out"
    evaluation = evaluate(SUBJECT, mix, grid, judge(), folder=folder)
    assert {path.name for path in folder.iterdir()} == {LEDGER, REPORT, SHEET, "pictures"}
    assert Evaluation.parse(json.loads((folder / REPORT).read_text()), where="report") == evaluation
    assert len((folder / LEDGER).read_text().splitlines()) == 1 + 6
    for number, pair in enumerate(grid.pairs()):
        expected = mix(tensor_of(pair.content), tensor_of(pair.style)).clamp(0, 1)
        assert float((tensor_of(picture_of(folder, number)) - expected).abs().max()) <= 0.5 / 255 + 1e-6
    with Image.open(folder / SHEET) as sheet:
        assert sheet.size == (3 * 320 + 4 * 8, 6 * 240 + 7 * 8)


def test_an_interrupted_evaluation_goes_on_to_the_same_result(tmp_path: Path) -> None:
    grid, folder = small_grid(tmp_path), tmp_path / "out"
    expected = evaluate(SUBJECT, mix, grid, judge())
    with pytest.raises(KeyboardInterrupt):
        evaluate(SUBJECT, Interrupted(4), grid, judge(), folder=folder)
    assert not (folder / REPORT).exists()
    rest = Interrupted(99)
    assert timeless(evaluate(SUBJECT, rest, grid, judge(), folder=folder)) == timeless(expected)
    assert rest.calls == 2


def test_a_finished_evaluation_stylizes_nothing_again(tmp_path: Path) -> None:
    grid, folder = small_grid(tmp_path), tmp_path / "out"
    first = evaluate(SUBJECT, mix, grid, judge(), folder=folder, conditions="one machine")
    again = evaluate(SUBJECT, Interrupted(0), grid, judge(), folder=folder, conditions="another")
    assert again == first
    picture_of(folder, 3).unlink()
    repaired = Interrupted(99)
    mended = evaluate(SUBJECT, repaired, grid, judge(), folder=folder, conditions="another")
    assert repaired.calls == 1
    assert mended.conditions == ("one machine", "another")
    assert picture_of(folder, 3).exists()


def test_another_protocol_is_refused_in_the_same_folder(tmp_path: Path) -> None:
    grid, folder = small_grid(tmp_path), tmp_path / "out"
    evaluate(SUBJECT, mix, grid, judge(), folder=folder)
    with pytest.raises(JournalError, match="size was not given and is 64"):
        evaluate(SUBJECT, mix, grid, judge(64), folder=folder)
    with pytest.raises(JournalError, match="loss_network was"):
        evaluate(SUBJECT, mix, grid, Judge(narrow(seed=1), None), folder=folder)
    with pytest.raises(JournalError, match="model was 0123456789abcdef and is other"):
        evaluate(SUBJECT.model_copy(update={"model": "other"}), mix, grid, judge(), folder=folder)


def test_the_listener_hears_of_every_pair(tmp_path: Path) -> None:
    heard: list[Progress] = []
    evaluate(SUBJECT, mix, small_grid(tmp_path, 1, 2), judge(), listener=heard.append)
    assert [(one.done, one.total, one.unit) for one in heard] == [(1, 2, "pairs"), (2, 2, "pairs")]
    assert heard[-1].task == "content0.png as style1.png"
    assert heard[-1].remaining == 0


def test_bad_pictures_are_refused_before_anything_is_stylized(tmp_path: Path) -> None:
    grid, nothing = small_grid(tmp_path), Interrupted(0)
    write_pictures(tmp_path / "style", 3, height=31)
    with pytest.raises(PictureError, match="48x31 is too small to be judged; give a size of 32 or more"):
        evaluate(SUBJECT, nothing, grid, judge())
    assert evaluate(SUBJECT, mix, grid, judge(32)).pairs == 6
    Image.new("L", (40, MOST_PIXELS // 30)).save(tmp_path / "style" / "style1.png")
    with pytest.raises(PictureError, match=r"style1\.png: 40x66666 is 2\.7 Mpx, and at most 2 Mpx are judged at once"):
        evaluate(SUBJECT, nothing, grid, judge(40))
    (tmp_path / "style" / "style2.png").write_text("no picture")
    with pytest.raises(PictureError, match=r"style2\.png"):
        evaluate(SUBJECT, nothing, grid, judge(32))


def test_a_result_that_is_not_finite_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"content0\.png in the style of style0\.png has values that are not finite"):
        evaluate(SUBJECT, lambda content, _: content / 0 - content / 0, small_grid(tmp_path), judge())


def test_a_judge_needs_a_deep_network_and_a_size_that_it_can_see() -> None:
    with pytest.raises(InputError, match="has no relu4_1"):
        Judge(narrow("relu3_1", heads=False), None)
    with pytest.raises(OptionError, match="at least 32 pixels, not 31"):
        Judge(narrow(), 31)


def test_the_digest_of_a_judge_stands_for_its_weights_and_heads() -> None:
    digests = {Judge(network, None).digest() for network in (narrow(), narrow(seed=1), narrow(heads=False))}
    assert len(digests) == 3
    assert judge().digest() in digests


def test_a_sheet_shows_a_dozen_pairs_from_first_to_last() -> None:
    assert shown_of(1) == [0]
    assert shown_of(5) == [0, 1, 2, 3, 4]
    assert shown_of(12) == list(range(12))
    assert len(shown_of(4000)) == 12
    assert (shown_of(4000)[0], shown_of(4000)[-1]) == (0, 3999)


def test_differences_are_taken_pair_by_pair(tmp_path: Path) -> None:
    grid = small_grid(tmp_path)
    one = evaluate(SUBJECT, mix, grid, judge())
    other = evaluate(SUBJECT, lambda content, _: content, grid, judge())
    difference = one.less(other)["content_distance"]
    assert difference.mean == pytest.approx(one.values["content_distance"].mean)
    assert one.less(one)["ssim"].high == 0
    with pytest.raises(InputError, match="different protocols"):
        one.less(evaluate(SUBJECT, mix, grid, judge(64)))
