import torch

from intaglio.objectives.replay import ReplayBuffer


def pictures(*values: float) -> torch.Tensor:
    return torch.tensor(values).view(-1, 1, 1, 1).expand(-1, 3, 2, 2)


def test_a_buffer_that_is_not_full_gives_back_what_comes() -> None:
    buffer = ReplayBuffer(3, 2)
    assert torch.equal(buffer.exchanged(pictures(1, 2)), pictures(1, 2))
    assert torch.equal(buffer.seen(), pictures(1, 2))


def test_half_of_the_pictures_are_exchanged_for_older_ones() -> None:
    torch.manual_seed(0)
    buffer = ReplayBuffer(4, 2)
    buffer.exchanged(pictures(1, 2, 3, 4))
    given = [float(buffer.exchanged(pictures(number))[0, 0, 0, 0]) for number in range(5, 405)]
    older = [one for number, one in enumerate(given, 5) if one != number]
    assert 150 < len(older) < 250
    # Each comes out once at most, and what came out or is still held was put in once.
    assert len(set(given)) == len(given)
    assert set(given) | {float(one[0, 0, 0]) for one in buffer.seen()} == set(range(1, 405))


def test_the_state_of_a_buffer_is_all_that_it_knows() -> None:
    buffer, other = ReplayBuffer(2, 2), ReplayBuffer(2, 2)
    buffer.exchanged(pictures(1))
    other.load_state_dict(buffer.state_dict())
    assert torch.equal(other.seen(), pictures(1))


def test_a_buffer_of_nothing_lets_pictures_pass() -> None:
    assert torch.equal(ReplayBuffer(0, 2).exchanged(pictures(1, 2)), pictures(1, 2))
