import pytest
import torch

from exporting.graphs import EXPORTABLE, graphs, values
from intaglio.models.catalog import MODELS

STYLE = [name for name in EXPORTABLE if MODELS[name].family == "style"]
IN_ONE_PIECE = [name for name in STYLE if not hasattr(MODELS[name].example, "stages")]


@pytest.mark.parametrize("name", EXPORTABLE)
def test_graphs_are_tried_on_other_sides_than_they_are_traced_with(name: str) -> None:
    found = graphs(name)
    for graph in found.values():
        names = [*(port.name for port in graph.takes), *graph.gives]
        assert len({*names}) == len(names)
        for port in graph.takes:
            same = [
                axis for axis, pair in enumerate(zip(port.traced.shape, port.tried.shape, strict=True)) if len({*pair}) == 1
            ]
            assert {*range(port.traced.dim())} - {*same} == {*port.free}
    assert any(port.free for graph in found.values() for port in graph.takes)


def test_a_cascade_of_several_stages_is_made_of_halves() -> None:
    assert [*graphs("wct")] == [f"stage{number}-{half}" for number in (1, 2, 3) for half in ("encoder", "decoder")]


@pytest.mark.parametrize("name", IN_ONE_PIECE)
def test_the_parts_are_the_whole(name: str) -> None:
    found = graphs(name)
    whole = found.pop("whole")
    told = dict(zip([port.name for port in whole.takes], values(whole), strict=True))
    made = torch.empty(0)
    for graph in found.values():
        # What only the steps between need to be told is not told to the whole.
        made = graph.module(*(told.get(port.name, port.tried) for port in graph.takes))
        told |= dict(zip(graph.gives, made if isinstance(made, tuple) else (made,), strict=True))
    torch.testing.assert_close(made, whole.module(*values(whole)), rtol=0, atol=1e-5)
    assert made.shape == told["picture"].shape


@pytest.mark.parametrize("name", IN_ONE_PIECE)
def test_pieces_with_the_statistics_of_the_whole_make_the_whole(name: str) -> None:
    whole = graphs(name)["whole"]
    multiple = MODELS[name].size_multiple
    picture = torch.rand(1, 3, 24 * multiple, 4 * multiple, generator=torch.Generator().manual_seed(3))
    told = values(whole)[1:]
    # A halo of ten cells on the inner side covers every network's.
    upper, lower = (whole.module(piece, *told) for piece in (picture[:, :, : 22 * multiple], picture[:, :, 2 * multiple :]))
    cut = 12 * multiple
    pieces = torch.cat([upper[:, :, :cut], lower[:, :, cut - 2 * multiple :]], 2)
    torch.testing.assert_close(pieces, whole.module(picture, *told), rtol=0, atol=1e-4)
