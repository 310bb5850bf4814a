"""Row 3: how layers are executed: compiled to operators, streamed over tiles with their edges carried, never recomputed."""
