"""Reports on tickets: facts gathered from the folders of studies, plots, pictures, and the page."""
