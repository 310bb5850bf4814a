"""What the distillation of `intaglio demo` gave, in numbers: a part of `demo.json`."""

from intaglio.vocabulary.spec import Spec


class Curve(Spec):
    """The loss of a phase of training."""

    title: str
    steps: tuple[int, ...]
    terms: dict[str, tuple[float, ...]]
    """By name, a value for each of `steps`; "total" is what was minimized."""


class Distillation(Spec):
    """A stage of a network compressed, and the network with that stage in the place of its own."""

    network: str
    cut: str
    widths: tuple[int, ...]
    student_widths: tuple[int, ...]
    parameters: int
    """Of the stage."""
    student_parameters: int
    seconds_per_megapixel: float
    """Of the stage alone."""
    student_seconds_per_megapixel: float
    training_seconds: float
    steps: tuple[int, int]
    """Of the encoder and of the decoder."""
    crop: int
    batch_size: int
    curves: tuple[Curve, ...]
    before_picture: str
    """What the student gave back of a picture before training, when nothing is stylized; and after."""
    after_picture: str
    teacher_picture: str
    """Stylized by the network as it is; and with the student in the place of its teacher."""
    student_picture: str
