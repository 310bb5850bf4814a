"""Normalization that networks of several kinds share."""

from typing import Any

from torch import nn


class BatchNorm(nn.BatchNorm2d):
    """Batch normalization that does not count its batches: a count is no weight, and nothing is made of it.

    Args:
        channels: of the maps.
        affine: whether scales and shifts of channels are learned.

    """

    def __init__(self, channels: int, *, affine: bool = True) -> None:
        super().__init__(channels, affine=affine)
        self.num_batches_tracked = None

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, local_metadata: dict[str, Any], *more: Any
    ) -> None:
        # Without a version torch takes the state for one of old, and adds a count to it.
        super()._load_from_state_dict(state_dict, prefix, {**local_metadata, "version": self._version}, *more)
