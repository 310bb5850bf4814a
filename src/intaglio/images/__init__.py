"""Row 1: pictures of any size, in and out, in bounded memory. Imports the vocabulary only, and no torch."""
