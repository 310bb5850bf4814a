"""Row 5: questions asked with the machines of the rows below, as studies that resume, and what came out."""
