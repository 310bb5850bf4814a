"""Reports on smaller style networks: facts gathered from the folders of studies, plots, and the page."""
