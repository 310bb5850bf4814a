"""Commands as a user gives them, and what they say."""

import json
from typing import Any

import pytest

from intaglio.cli.main import main


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """The JSON that a command prints, and nothing else."""
    capsys.readouterr()
    assert main(arguments) == 0
    output = capsys.readouterr()
    assert output.err == ""
    return json.loads(output.out)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line of a command that is refused."""
    capsys.readouterr()
    assert main(arguments) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.count("\n") == 1
    return output.err
