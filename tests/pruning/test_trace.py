import torch
from hypothesis import given
from hypothesis import strategies as st

from intaglio.pruning.trace import MOST_GROUPS, MOST_RECORDS, Trace


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_moments_and_groups_are_spread_evenly_and_few(steps: int, count: int) -> None:
    trace = Trace({"layer": count}, steps)
    chosen = trace.groups["layer"]
    assert trace.steps[-1] == steps
    assert (len(trace.steps), len(chosen)) == (min(steps, MOST_RECORDS), min(count, MOST_GROUPS))
    for places, most in ((torch.tensor(trace.steps), steps), (chosen, count)):
        gaps = places.diff()
        assert bool((gaps >= 1).all())
        assert len(gaps) == 0 or int(gaps.max() - gaps.min()) <= 1
        assert int(places.max()) <= most


def test_pushes_are_noted_when_it_is_time() -> None:
    trace = Trace({"layer": 3}, 2 * MOST_RECORDS)
    for step in range(1, 2 * MOST_RECORDS + 1):
        trace.note(step, {"layer": step * torch.tensor([1.0, 2.0, 0.0], dtype=torch.float64)})
    assert torch.equal(trace.pushes["layer"], torch.tensor(trace.steps)[:, None] * torch.tensor([1.0, 2.0, 0.0]))
    assert trace.steps[:2] == [2, 4]


def test_a_trace_goes_on_from_its_state() -> None:
    whole, first, second = (Trace({"layer": 700}, 5) for _ in range(3))
    for step in range(1, 6):
        pushes = {"layer": torch.rand(700, generator=torch.Generator().manual_seed(step))}
        whole.note(step, pushes)
        if step <= 3:
            first.note(step, pushes)
        if step == 3:
            second.restore(first.state())
        if step > 3:
            second.note(step, pushes)
    assert torch.equal(whole.pushes["layer"], second.pushes["layer"])
    assert whole.pushes["layer"].all()


def test_no_steps_leave_no_trace() -> None:
    trace = Trace({"layer": 4}, 0)
    trace.note(1, {"layer": torch.ones(4)})
    assert (trace.steps, trace.pushes["layer"].numel()) == ([], 0)
