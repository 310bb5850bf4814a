from torch import Tensor

def instruction_sets() -> list[str]: ...
def peak(instruction_set: str) -> float: ...

class Convolution:
    def __init__(
        self,
        *,
        outputs: int,
        inputs: int,
        kernel: int,
        stride: int,
        enlarge: bool,
        bits: Tensor,
        weights: Tensor,
        bias: Tensor,
        form: str,
        instruction_set: str,
    ) -> None: ...
    def run(
        self,
        input: Tensor,
        output: Tensor,
        *,
        height: int,
        width: int,
        rectify: bool,
        pool: bool,
        ceil: bool,
        threads: int,
    ) -> None: ...
    @property
    def products(self) -> int: ...
    @property
    def bytes(self) -> int: ...
    @property
    def instruction_set(self) -> str: ...
