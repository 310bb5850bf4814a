"""The error tree.

    IntaglioError                 anything this package refuses or fails to do; the command line exits with 2
    ├── InputError                what the caller gave is wrong (also a ValueError)
    │   ├── OptionError           an option's value is out of its range, or two options contradict each other
    │   ├── UnknownNameError      a name that is not in its catalog; near matches are listed
    │   ├── SpecError             a description that does not validate
    │   ├── PictureError          a picture that cannot be read, or is larger than allowed
    │   └── WeightsError          a checkpoint or artifact that is damaged, unsafe or of another shape
    ├── ResourceError             not enough disk, memory, or no right to write
    ├── TrainingError             a loss that is not finite
    └── JournalError              a run that cannot be resumed

A message is one line: what was wrong, the value, what to do about it.
"""


class IntaglioError(Exception):
    """Root of all errors this package raises on purpose."""


class InputError(IntaglioError, ValueError):
    """What the caller gave is wrong."""


class OptionError(InputError):
    """An option's value is out of range, or options contradict each other."""


class UnknownNameError(InputError, KeyError):
    """A name that is not in its catalog."""

    def __str__(self) -> str:
        # KeyError shows the repr of its argument; a message is meant to be read.
        return str(self.args[0]) if self.args else ""


class SpecError(InputError):
    """A description that does not validate."""


class PictureError(InputError):
    """A picture that cannot be read, or is larger than allowed."""


class WeightsError(InputError):
    """A checkpoint or artifact that is damaged, unsafe or of another shape."""


class ResourceError(IntaglioError, OSError):
    """Not enough disk or memory, or no right to write."""


class TrainingError(IntaglioError):
    """A loss that is not finite."""


class JournalError(IntaglioError):
    """A run that cannot be resumed."""
