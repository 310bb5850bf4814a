"""Row 2: a small network learns from a large one: the student, its linear embedding, collaborative distillation."""
