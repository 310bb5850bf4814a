"""Row 3: networks on disk, our own artifacts and the checkpoints of others."""
