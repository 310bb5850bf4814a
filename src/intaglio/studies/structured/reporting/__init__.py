"""Reports on structured pruning: facts gathered from the folders of studies, plots, and the page."""
