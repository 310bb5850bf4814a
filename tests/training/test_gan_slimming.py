"""GANs train with scales of channels, go on after a stop to the same bits, and keep what channel tickets are made of."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from intaglio.exporting.channel_ticket import channel_ticket
from intaglio.storage.checkpoint import Checkpoints
from intaglio.storage.pretrained import Pretrained
from intaglio.training.gan.beginning import DISCRIMINATOR, GENERATOR, Beginning
from intaglio.training.gan.cycle import PARTS, train_cycle
from intaglio.training.gan.slimming import read_slimmed
from intaglio.training.gan.train import LAST, train_gan
from intaglio.training.objective import Game, Moment
from intaglio.training.run import Conduct
from intaglio.vocabulary.errors import InputError, OptionError, SpecError, WeightsError
from training.runs import Stop
from training.small_gans import FRESH, NETWORKS, small_cycle, small_gan

OFTEN = Conduct(workers=1, save_every=2, log_every=1, show_every=10)
BOTH = {"generator": 100.0, "discriminator": 50.0}
pytestmark = pytest.mark.usefixtures("one_thread")


def same(one: Pretrained, other: Pretrained) -> bool:
    states = one.network.state_dict(), other.network.state_dict()
    return states[0].keys() == states[1].keys() and all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_an_interrupted_slimming_ends_with_the_same_bits(tmp_path: Path) -> None:
    def stop(moment: Moment) -> None:
        if moment.step == 3:
            raise Stop

    spec, data = small_gan("sngan", steps=5, slim=BOTH)
    whole = train_gan(spec, FRESH, data, tmp_path / "whole", OFTEN)
    with pytest.raises(Stop):
        train_gan(spec, FRESH, data, tmp_path / "stopped", OFTEN, [stop])
    with pytest.raises(InputError, match=r"stopped holds no scales of channels; name the folder of a finished run"):
        read_slimmed(tmp_path / "stopped")
    gone_on = train_gan(spec, FRESH, data, tmp_path / "stopped", OFTEN)
    assert all(same(made, gone_on[part]) for part, made in whole.items())
    assert not any("parametrizations" in name for made in whole.values() for name in made.network.state_dict())
    kept = [read_slimmed(tmp_path / run) for run in ("whole", "stopped")]
    for part, scales in kept[0].scales.items():
        assert all(torch.equal(scale, kept[1].scales[part][name]) for name, scale in scales.items())
        assert all(0 < float(scale.min()) <= float(scale.max()) < 1 for scale in scales.values())
    assert kept[0].scales.keys() == {GENERATOR, DISCRIMINATOR}
    assert kept[0].begun.keys() == {GENERATOR, DISCRIMINATOR}
    last = Checkpoints(tmp_path / "whole" / "game" / "checkpoints", f"{spec.digest()}:game").last()
    assert last is not None
    assert any(name.endswith("blocks.0.conv2.parametrizations.weight.0.scale") for name in last.tensors)


def test_scales_shrink_by_strength_and_rate_after_every_move_of_their_network(tmp_path: Path) -> None:
    # Far steeper than any gradient could hold: Adam moves a scale by about a rate a move.
    spec, data = small_gan("sngan", steps=2, slim=BOTH, generator_rate=0.5, training={"learning_rate": 1e-4, "steps": 2})
    train_gan(spec, FRESH, data, tmp_path, OFTEN)
    scales = read_slimmed(tmp_path).scales
    generator = torch.cat(list(scales[GENERATOR].values()))
    discriminator = torch.cat(list(scales[DISCRIMINATOR].values()))
    # 2 moves at half the rate, and 2 of the discriminator in each step at the whole one.
    assert torch.allclose(generator, torch.tensor(1 - 2 * 100 * 0.5e-4), atol=4e-4)
    assert torch.allclose(discriminator, torch.tensor(1 - 4 * 50 * 1e-4), atol=8e-4)


def test_begun_networks_are_those_of_the_same_training_without_slimming(tmp_path: Path) -> None:
    spec, data = small_gan("sngan", steps=1, slim={"generator": 0.1})
    parts = train_gan(spec, FRESH, data, tmp_path / "run", OFTEN)
    plain, _ = small_gan("sngan", steps=0)
    fresh = train_gan(plain, FRESH, data, tmp_path / "fresh", OFTEN)
    slimmed = read_slimmed(tmp_path / "run")
    assert slimmed.scales.keys() == {GENERATOR}
    assert all(same(begun, fresh[part]) for part, begun in slimmed.begun.items())
    assert parts.keys() == {GENERATOR, DISCRIMINATOR, LAST}
    again, _ = small_gan("sngan", steps=1)
    assert again.digest() != spec.digest()
    assert again == small_gan("sngan", steps=1, slim={})[0]


def test_a_narrower_gan_trains_from_its_ticket(tmp_path: Path) -> None:
    spec, data = small_gan("sngan", steps=2, slim=BOTH)
    train_gan(spec, FRESH, data, tmp_path / "slim", OFTEN)
    slimmed = read_slimmed(tmp_path / "slim")
    tickets = {part: channel_ticket(slimmed.begun[part], scales, 0.5) for part, scales in slimmed.scales.items()}
    beginning = Beginning(networks=tickets)
    narrow, _ = small_gan("sngan", beginning, steps=2, generator={}, discriminator={})
    averages: list[bool] = []

    def look(moment: Moment) -> None:
        assert isinstance(moment.objective, Game)
        average = moment.objective.trained.get_submodule("average.network")
        averages.append(shapes(average) == shapes(tickets[GENERATOR].network))

    made = train_gan(narrow, beginning, data, tmp_path / "narrow", OFTEN, [look])
    assert averages == [True, True]
    assert made[GENERATOR].config == tickets[GENERATOR].config
    assert shapes(made[DISCRIMINATOR].network) == shapes(tickets[DISCRIMINATOR].network)
    assert not same(made[LAST], tickets[GENERATOR])
    untrained, _ = small_gan("sngan", beginning, steps=0, generator={}, discriminator={})
    begun = train_gan(untrained, beginning, data, tmp_path / "untrained", OFTEN)
    assert all(same(begun[part], ticket) for part, ticket in tickets.items())


def shapes(network: nn.Module) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in network.state_dict().items()}


def test_both_ways_of_a_translation_are_slimmed(tmp_path: Path) -> None:
    spec, pictures = small_cycle(tmp_path, steps=1, slim=BOTH)
    parts = train_cycle(spec, FRESH, pictures, tmp_path / "run", OFTEN)
    slimmed = read_slimmed(tmp_path / "run")
    assert set(slimmed.scales) == set(slimmed.begun) == set(parts) == set(PARTS)

    def lost(scales: dict[str, Tensor]) -> Tensor:
        return 1 - torch.cat(list(scales.values()))

    for part, scales in slimmed.scales.items():
        expected = 2e-4 * (100 if part.endswith(GENERATOR) else 50)
        assert torch.allclose(lost(dict(scales)), torch.tensor(expected), atol=3e-4), part


def test_what_cannot_be_slimmed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"field 'slim.generator': Input should be greater than or equal to 0"):
        small_gan("sngan", slim={"generator": -1})
    one = {**NETWORKS["resnet-generator"], "width": 1}
    spec, data = small_gan("sngan", generator=one, slim={"generator": 0.1})
    with pytest.raises(OptionError, match=r"the generator has no channels that can go; train it without slimming"):
        train_gan(spec, FRESH, data, tmp_path, OFTEN)
    spec, data = small_gan("sngan", steps=0, slim={"generator": 0.1})
    train_gan(spec, FRESH, data, tmp_path / "run", OFTEN)
    (tmp_path / "run" / "scales.safetensors").write_bytes(b"nothing")
    with pytest.raises(WeightsError, match=r"scales.safetensors is damaged"):
        read_slimmed(tmp_path / "run")
