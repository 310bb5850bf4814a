"""Settings of torch that a run needs, put back afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def exact_arithmetic(*, gradients: bool = False) -> Iterator[None]:
    """No gradients unless asked for, denormals flushed, float32 convolutions and products in float32.

    About 0.8 % of the transformed values of the published 16x networks are denormal, which processors handle a hundred times
    slower; and graphics cards round float32 operands to 10 bits (TF32) unless told otherwise.
    """
    convolutions = torch.backends.cudnn.allow_tf32
    products = torch.backends.cuda.matmul.allow_tf32
    # There is no getter; a product of normal numbers tells.
    flushed = bool((torch.tensor([1e-38]) * 1e-3 == 0).item())
    torch.set_flush_denormal(True)
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    try:
        with torch.inference_mode(not gradients), torch.set_grad_enabled(gradients):
            yield
    finally:
        torch.set_flush_denormal(flushed)
        torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = convolutions, products
