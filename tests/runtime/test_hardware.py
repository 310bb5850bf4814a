import torch

from intaglio.runtime.hardware import describe_hardware


def test_the_line_names_cores_threads_and_the_version_of_torch() -> None:
    line = describe_hardware(torch.device("cpu"))
    assert line.endswith(f"torch {torch.__version__}")
    assert f"{torch.get_num_threads()} threads" in line
    assert line == line.strip()
    assert "\n" not in line
