"""What a launcher of several processes says in the environment: `torchrun` and `accelerate launch` say it alike."""

import os

# Those that share their batches; others would do the same work several times, and write over each other.
SHARED = ("train", "distill")


def first_process() -> bool:
    """Whether this process is the one that speaks and writes."""
    return os.environ.get("RANK", "0") == "0"


def refuse_several(verb: str | None) -> None:
    """Refuse a verb that several processes cannot share.

    Raises:
        OptionError: there are several.

    """
    from intaglio.vocabulary.errors import OptionError

    processes = os.environ.get("WORLD_SIZE", "1")
    if processes != "1" and verb is not None and verb not in SHARED:
        raise OptionError(f"{verb} was started in {processes} processes; {' and '.join(SHARED)} share work so, start it in one")
