import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

import intaglio
from intaglio.models.catalog import MODELS
from intaglio.storage.artifact import from_pretrained, save_pretrained
from intaglio.storage.pretrained import Pretrained, Source
from intaglio.vocabulary.errors import InputError, SpecError, UnknownNameError, WeightsError


def edit_config(artifact: Path, **changes: Any) -> None:
    path = artifact / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def edit_weights(artifact: Path, change: Callable[[dict[str, Tensor]], None]) -> None:
    path = artifact / "model.safetensors"
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path)
    edit_config(artifact, weights_sha256=hashlib.sha256(path.read_bytes()).hexdigest())


@pytest.mark.parametrize("name", MODELS)
def test_a_network_comes_back_bit_for_bit(name: str, tmp_path: Path) -> None:
    card = MODELS[name]
    source = Source(format="somewhere", license="MIT", files=(("a.pth", "00"),), notes=("Ümläut.",))
    before = Pretrained(card=card, config=card.example, network=card.build(card.example), source=source)
    intaglio.save_pretrained(before, tmp_path / "artifact")
    after = intaglio.from_pretrained(tmp_path / "artifact")
    assert (after.card, after.config, after.source) == (before.card, before.config, before.source)
    assert after.digest() == before.digest()
    expected, found = before.network.state_dict(), after.network.state_dict()
    assert list(found) == list(expected)
    assert all(torch.equal(found[key], expected[key]) for key in expected)
    assert not after.network.training


def test_saving_twice_gives_the_same_bytes(pretrained: Pretrained, tmp_path: Path) -> None:
    contents = []
    for folder in (tmp_path / "one" / "net", tmp_path / "two" / "net"):
        save_pretrained(pretrained, folder)
        contents.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert contents[0] == contents[1]
    assert sorted(contents[0]) == ["README.md", "config.json", "model.safetensors"]


def test_weights_in_another_memory_layout_are_saved_alike(pretrained: Pretrained) -> None:
    digest = pretrained.digest()
    pretrained.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    assert pretrained.digest() == digest


def test_the_digest_tells_configurations_and_weights_apart(pretrained: Pretrained) -> None:
    digest = pretrained.digest()
    other = pretrained.config.model_copy(update={"eigenvalue_cut": 1e-5})
    assert Pretrained(card=pretrained.card, config=other, network=pretrained.network).digest() != digest
    with torch.no_grad():
        next(pretrained.network.parameters()).view(-1)[0] += 1
    assert pretrained.digest() != digest


def test_reading_does_not_move_the_random_generator(artifact: Path) -> None:
    before = torch.random.get_rng_state()
    from_pretrained(artifact)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_the_readme_states_license_size_and_source(pretrained: Pretrained, tmp_path: Path) -> None:
    source = Source(format="their-format", license="MIT", repository="https://example.org", files=(("x.pth", "abc123"),))
    save_pretrained(
        Pretrained(card=pretrained.card, config=pretrained.config, network=pretrained.network, source=source), tmp_path / "net"
    )
    text = (tmp_path / "net" / "README.md").read_text()
    parameters = sum(parameter.numel() for parameter in pretrained.network.parameters())
    assert text.startswith('---\nlibrary_name: intaglio\ntags: [style]\nlicense: "mit"\n---\n')
    assert f"| parameters | {parameters:,} |" in text
    for fact in ("their-format", "https://example.org", "| x.pth | `abc123` |", pretrained.card.paper):
        assert fact in text


def test_an_older_artifact_is_replaced(artifact: Path, pretrained: Pretrained) -> None:
    with torch.no_grad():
        next(pretrained.network.parameters()).zero_()
    save_pretrained(pretrained, artifact)
    assert from_pretrained(artifact).digest() == pretrained.digest()
    assert [path.name for path in artifact.parent.iterdir()] == ["artifact"]


def test_a_folder_of_something_else_is_never_replaced(pretrained: Pretrained, tmp_path: Path) -> None:
    photo = tmp_path / "holidays" / "beach.jpg"
    photo.parent.mkdir()
    photo.write_bytes(b"sand")
    with pytest.raises(InputError, match="not an artifact"):
        save_pretrained(pretrained, photo.parent)
    with pytest.raises(InputError, match="is a file"):
        save_pretrained(pretrained, photo)
    assert photo.read_bytes() == b"sand"


def test_an_artifact_with_other_files_is_not_replaced(artifact: Path, pretrained: Pretrained) -> None:
    (artifact / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"notes\.txt"):
        save_pretrained(pretrained, artifact)
    assert (artifact / "notes.txt").read_text() == "mine"


def test_missing_extra_and_misshaped_weights_are_named(artifact: Path) -> None:
    key = "stages.1.encoder.layers.conv1_1.weight"

    def extend(tensors: dict[str, Tensor]) -> None:
        tensors["stranger"] = torch.zeros(1)

    def reshape(tensors: dict[str, Tensor]) -> None:
        del tensors["stranger"]
        tensors[key] = torch.zeros(4, 3, 5, 5)

    def remove(tensors: dict[str, Tensor]) -> None:
        del tensors[key]

    cases = (
        (extend, "unexpected stranger"),
        (reshape, rf"{key} of shape \(4, 3, 5, 5\)"),
        (remove, f"lacks {key}"),
    )
    for change, complaint in cases:
        edit_weights(artifact, change)
        with pytest.raises(WeightsError, match=complaint):
            from_pretrained(artifact)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(artifact: Path, value: float) -> None:
    def spoil(tensors: dict[str, Tensor]) -> None:
        tensors["stages.0.decoder.conv1_1.bias"][1] = value

    edit_weights(artifact, spoil)
    with pytest.raises(WeightsError, match=r"NaN or infinite values in stages\.0\.decoder\.conv1_1\.bias"):
        from_pretrained(artifact)


def test_only_a_few_of_many_missing_weights_are_named(artifact: Path) -> None:
    def remove_ten(tensors: dict[str, Tensor]) -> None:
        for key in list(tensors)[:10]:
            del tensors[key]

    edit_weights(artifact, remove_ten)
    with pytest.raises(WeightsError, match="and 7 more"):
        from_pretrained(artifact)


def test_an_unknown_model_lists_near_ones(artifact: Path) -> None:
    edit_config(artifact, model="wtc")
    with pytest.raises(UnknownNameError, match="did you mean wct"):
        from_pretrained(artifact)


def test_a_bad_configuration_names_file_and_field(artifact: Path) -> None:
    edit_config(artifact, config={"stages": [{"cut": "relu9_1", "widths": [1]}]})
    with pytest.raises(SpecError, match=r"config\.json: field 'stages\.0\.cut'"):
        from_pretrained(artifact)


def test_an_unknown_field_of_the_manifest_is_refused(artifact: Path) -> None:
    edit_config(artifact, trust_remote_code=True)
    with pytest.raises(SpecError, match="trust_remote_code"):
        from_pretrained(artifact)


@pytest.mark.parametrize("cut", [0, 7, 5000])
def test_truncated_weights_are_noticed(artifact: Path, cut: int) -> None:
    path = artifact / "model.safetensors"
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(WeightsError, match="damaged or was exchanged"):
        from_pretrained(artifact)


def test_weights_in_another_container_are_refused(artifact: Path) -> None:
    content = b"not a safetensors file at all"
    (artifact / "model.safetensors").write_bytes(content)
    edit_config(artifact, weights_sha256=hashlib.sha256(content).hexdigest())
    with pytest.raises(WeightsError, match="not a safetensors file"):
        from_pretrained(artifact)


def test_missing_weights_are_one_clear_line(artifact: Path) -> None:
    (artifact / "model.safetensors").unlink()
    with pytest.raises(WeightsError, match="incomplete"):
        from_pretrained(artifact)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b'{"format": '])
def test_a_damaged_manifest_is_one_clear_line(artifact: Path, content: bytes) -> None:
    (artifact / "config.json").write_bytes(content)
    with pytest.raises(SpecError, match="not readable JSON") as caught:
        from_pretrained(artifact)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["[]", "3", '{"format": "other/1"}', '{"model_type": "bert"}', '{"format": 3}'])
def test_the_manifest_of_another_library_is_no_artifact(artifact: Path, content: str) -> None:
    (artifact / "config.json").write_text(content)
    with pytest.raises(InputError, match="not an artifact of intaglio"):
        from_pretrained(artifact)


def test_what_is_no_artifact_is_pointed_to_the_import(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere", Path(__file__)):
        with pytest.raises(InputError, match="intaglio import"):
            from_pretrained(path)


def test_weights_stored_in_half_are_read_as_float32_and_half_the_size(pretrained: Pretrained, tmp_path: Path) -> None:
    save_pretrained(pretrained, tmp_path / "whole")
    save_pretrained(pretrained, tmp_path / "half", half=True)
    sizes = [(tmp_path / name / "model.safetensors").stat().st_size for name in ("whole", "half")]
    assert sizes[1] < 0.75 * sizes[0]
    assert {tensor.dtype for tensor in load_file(tmp_path / "half" / "model.safetensors").values()} == {torch.float16}
    before, after = pretrained.network.state_dict(), from_pretrained(tmp_path / "half").network.state_dict()
    assert all(after[key].dtype == torch.float32 for key in before)
    assert all(torch.equal(after[key], before[key].half().float()) for key in before)


def test_a_network_of_the_package_is_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    bundled = from_pretrained("wct-16x")
    assert bundled.card.name == "wct"
    assert from_pretrained("wct").digest() == bundled.digest()
    own = Pretrained(
        card=MODELS["adain"], config=MODELS["adain"].example, network=MODELS["adain"].build(MODELS["adain"].example)
    )
    save_pretrained(own, tmp_path / "wct-16x")
    assert from_pretrained("wct-16x").card.name == "adain"


def test_a_name_of_no_network_lists_those_of_the_package(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"names that need no folder: wct-16x"):
        from_pretrained(tmp_path / "none")


def test_the_card_tells_parents_and_commands(pretrained: Pretrained, tmp_path: Path) -> None:
    from dataclasses import replace

    source = Source(parents=(("teacher", "0123456789abcdef"),), commands=("intaglio distill teacher -o student",))
    save_pretrained(replace(pretrained, source=source), tmp_path / "child")
    text = (tmp_path / "child" / "README.md").read_text()
    assert "- teacher: `0123456789abcdef`" in text
    assert "```sh\nintaglio distill teacher -o student\n```" in text
    assert from_pretrained(tmp_path / "child").source == source
