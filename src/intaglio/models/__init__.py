"""Row 1: the networks, plain torch modules that know no file, no device and no picture format."""
