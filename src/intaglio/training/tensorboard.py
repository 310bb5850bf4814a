"""`TensorBoard`: the log of a run for those who watch it there; needs the extra `tensorboard`."""

from pathlib import Path

from intaglio.training.objective import Moment
from intaglio.vocabulary.errors import OptionError


class TensorBoard:
    """A hook that writes every term and the learning rate as scalars.

    Args:
        folder: of the event files.
        every: steps between points.

    Raises:
        OptionError: tensorboard is not installed.

    """

    def __init__(self, folder: Path, *, every: int = 20) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            raise OptionError(
                "tensorboard is not installed; pip install 'intaglio[tensorboard]', or leave the option out"
            ) from None
        self.writer = SummaryWriter(str(folder))
        self.every = every

    def __call__(self, moment: Moment) -> None:
        """Write a point if it is time."""
        if moment.step % self.every and moment.step not in (1, moment.steps):
            return
        for name, term in moment.terms.items():
            self.writer.add_scalar(name.replace(".", "/"), float(term), moment.step)
        self.writer.add_scalar("learning rate", moment.rate, moment.step)
        self.writer.flush()
