"""`Runtime`: what the layers of a pruned network may be executed by."""

from typing import Literal

Runtime = Literal["auto", "dense", "sparse"]
"""
- `auto`: what a short measurement on this machine found faster, layer by layer.
- `dense`: kernels that multiply by zeros too.
- `sparse`: lists of the weights that are kept, wherever there is a kernel for the layer.
"""
