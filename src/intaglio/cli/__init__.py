"""Row 6: the command line. One verb is one file: parse, call, print."""
