"""Row 6: the web page: a server, its jobs on disk, and one page without a build step. Needs the extra `web`."""
