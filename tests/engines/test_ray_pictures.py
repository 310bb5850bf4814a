"""Pictures on a cluster of two nodes: the rows of one picture, or several pictures."""

from pathlib import Path

import pytest

from engines.two_nodes import TwoNodes
from intaglio.engines.cluster import Cluster
from intaglio.stylizing.picture_job import Limits
from intaglio.stylizing.spread import SpreadJob, stylize_each
from stylizing.jobs import job, names_in, picture
from stylizing.test_spread import ordered

pytestmark = [pytest.mark.ray, pytest.mark.usefixtures("one_thread")]
LIMITS = Limits(tile=(32, 48), journal_seconds=0.0)


def test_two_workers_give_the_bytes_of_one_process_though_one_is_killed(tmp_path: Path, nodes: TwoNodes) -> None:
    picture(tmp_path / "content.png", 410, 50, seed=1)
    picture(tmp_path / "style0.png", 50, 64, seed=2)
    plain = job(tmp_path, model="wct", limits=LIMITS)
    plain.run()
    expected = (tmp_path / "out.png").read_bytes()
    (tmp_path / "out.png").unlink()
    with nodes.losing_a_worker() as killed:
        SpreadJob(ordered(plain, "wct"), Cluster(nodes.address)).run()
    assert killed
    assert (tmp_path / "out.png").read_bytes() == expected
    assert names_in(tmp_path) == ["content.png", "network", "out.png", "style0.png"]


def test_pictures_are_done_side_by_side(tmp_path: Path, nodes: TwoNodes) -> None:
    expected, orders = {}, []
    for name in ("one", "two", "three"):
        folder = tmp_path / name
        folder.mkdir()
        plain = job(folder, model="adain")
        plain.run()
        expected[plain.out] = plain.out.read_bytes()
        plain.out.unlink()
        orders.append(ordered(plain, "adain"))
    told = {order.out: facts for order, facts in stylize_each(orders, Cluster(nodes.address), tmp_path)}
    assert {out: out.read_bytes() for out in told} == expected
    assert all(facts["peak_memory"] > facts["seconds"] > 0 for facts in told.values())
