import torch

from intaglio.models.style.vgg_codec import CodecConfig
from intaglio.training.assembly import fresh_decoder, seeded
from intaglio.training.parts import take_over_

DEEP = CodecConfig(cut="relu3_1", widths=(4, 4, 8, 8, 8))
SHALLOW = CodecConfig(cut="relu2_1", widths=(4, 4, 8))


def test_a_fresh_decoder_gives_nearly_gray_so_that_its_last_relu_lets_gradients_through() -> None:
    for seed, size in enumerate((1.0, 0.01, 150.0)):
        decoder = fresh_decoder(SHALLOW, seed, size)
        made = decoder(torch.rand(2, 8, 6, 6) * 1.7 * size)
        assert float((made > 0).float().mean().detach()) > 0.95
        assert 0.2 < float(made.mean().detach()) < 0.8
        made.sum().backward()
        assert all(bool(p.grad.abs().sum() > 0) for p in decoder.parameters() if p.grad is not None)


def test_fresh_weights_depend_on_the_seed_and_leave_the_callers_generator_alone() -> None:
    torch.manual_seed(1)
    wanted = torch.rand(1)
    torch.manual_seed(1)
    states = [fresh_decoder(SHALLOW, seed).state_dict() for seed in (0, 0, 1)]
    assert torch.equal(torch.rand(1), wanted)
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])
    assert not torch.equal(states[0]["conv2_1.weight"], states[2]["conv2_1.weight"])


def test_draws_of_different_names_are_unrelated() -> None:
    drawn = []
    for name in ("student", "decoder"):
        with seeded(0, name):
            drawn.append(torch.rand(3))
    assert not torch.equal(*drawn)


def test_common_layers_are_taken_over_and_the_others_kept() -> None:
    below, decoder = fresh_decoder(SHALLOW, 1), fresh_decoder(DEEP, 2)
    own = {key: value.clone() for key, value in decoder.state_dict().items()}
    take_over_(decoder, below)
    state, theirs = decoder.state_dict(), below.state_dict()
    assert all(torch.equal(state[key], theirs[key]) for key in theirs)
    assert all(torch.equal(state[key], own[key]) for key in own.keys() - theirs.keys())
    assert own.keys() - theirs.keys() == {"conv3_1.weight", "conv3_1.bias", "conv2_2.weight", "conv2_2.bias"}
