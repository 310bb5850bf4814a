"""A study's report as the page gets it: as data, with figures, and the full page in a sandbox."""

from pathlib import Path

from intaglio.web.reports import figures_of, read_facts
from web.asking import Asker
from web.report_folder import PLOT, folder


def test_a_report_is_read_as_claims_figures_and_means_over_seeds(tmp_path: Path) -> None:
    facts = read_facts("0" * 16, folder(tmp_path / "report"))
    assert (facts.title, facts.machines, facts.notes, facts.report) == ("tickets", ("a machine",), ("no pictures",), False)
    part, rest = facts.parts
    assert [(one.text, one.holds) for one in part.claims] == [("it holds", True), ("who knows", None)]
    assert [(one.number, one.kind, one.sheet) for one in part.figures] == [(1, "errors", False), (2, "pictures", True)]
    assert [(one.number, one.kind) for one in rest.figures] == [(0, "more")]
    assert part.table is not None
    # The network and the round are the same everywhere, so they are not told.
    assert (part.table.columns, part.table.numbers, part.table.seeds) == (("arm", "error"), (False, True), 2)
    assert [[(cell.text, cell.spread) for cell in row] for row in part.table.rows] == [
        [("imp", ""), ("3", "2 – 4")],
        [("random", ""), ("5", "")],
    ]


def test_what_is_no_report_is_an_empty_one(tmp_path: Path) -> None:
    for number, content in enumerate(["", "[]", '{"accounts": 3, "notes": 1, "title": 2}', "[" * 100_000]):
        path = tmp_path / f"{number}"
        path.mkdir()
        (path / "report.json").write_text(content)
        (path / "report.csv").write_text("label\x00,\n" + content)
        facts = read_facts("0" * 16, path)
        assert (facts.title, facts.notes, facts.report) == ("", (), False)
    assert figures_of(tmp_path / "none") == []


def test_a_study_is_listed_drawn_and_shown_in_a_sandbox(server: Asker) -> None:
    [study] = server.client.get("/api/studies").json()
    assert study["title"] == "tickets"
    path = f"/api/studies/{study['id']}"
    facts = server.client.get(path).json()
    assert [len(part["figures"]) for part in facts["parts"]] == [2, 1]
    plot, sheet = (server.client.get(f"{path}/figures/{number}") for number in (1, 2))
    assert (plot.text, plot.headers["content-type"]) == (PLOT, "image/svg+xml")
    assert plot.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert sheet.headers["content-type"] == "image/jpeg"
    assert [server.client.get(f"{path}/figures/{number}").status_code for number in (3, -1, "x")] == [404, 422, 422]
    report = server.client.get(f"{path}/report")
    assert "A study" in report.text
    assert report.headers["content-security-policy"].startswith("sandbox allow-scripts; default-src 'none'")
    assert server.client.get("/api/studies/0123456789abcdef").status_code == 404
