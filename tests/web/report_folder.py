"""A small report of a study, as a folder."""

import json
from pathlib import Path

from PIL import Image

FACTS = {
    "title": "tickets",
    "source": "a paper",
    "scale": "tiny",
    "made": "2026-11-22",
    "code": "intaglio 0.1.0",
    "history": [{"hardware": "a machine"}, {"hardware": "a machine"}],
    "notes": ["no pictures"],
    "accounts": [
        {"label": "six, by hand", "verdicts": [{"text": "it holds", "holds": True}, {"text": "who knows", "holds": None}]}
    ],
}
PLOT = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><style>rect { fill: red }</style>'
    '<rect width="9" height="9"/></svg>'
)
NUMBERS = """label,network,arm,round,seed,error
"six, by hand",adain,imp,1,0,2.0
"six, by hand",adain,imp,1,1,4.0
"six, by hand",adain,random,1,0,5.0
"six, by hand",adain,random,1,1,5.0
"""


def folder(path: Path) -> Path:
    path.mkdir()
    (path / "report.json").write_text(json.dumps(FACTS))
    (path / "report.csv").write_text(NUMBERS)
    for name in ("six-by-hand-errors.png", "six-by-hand-pictures.jpg", "more.png"):
        Image.new("RGB", (40, 30), "gray").save(path / name)
    (path / "six-by-hand-errors.svg").write_text(PLOT)
    return path
