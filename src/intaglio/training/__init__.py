"""Row 4: networks trained, and judged by what they make."""
