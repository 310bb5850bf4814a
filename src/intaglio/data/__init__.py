"""Row 2: pictures to train with, found, cut and handed out in batches. Nothing here knows a network or a training loop."""
