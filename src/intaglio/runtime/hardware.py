"""What a figure was measured on, in one line."""

import platform
from pathlib import Path

import psutil
import torch


def describe_hardware(device: torch.device) -> str:
    """Processor, cores and threads, the graphics card if that is the device, and the version of torch."""
    parts = [f"{_processor()}, {psutil.cpu_count()} cores, {torch.get_num_threads()} threads"]
    if device.type == "cuda":
        parts.append(torch.cuda.get_device_name(device))
    return ", ".join([*parts, f"torch {torch.__version__}"])


def _processor() -> str:
    """Its name; what the platform calls it where the kernel does not say."""
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text().splitlines() if facts.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()
