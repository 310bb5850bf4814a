"""Reports of studies: facts gathered from their folders, plots, pictures, and one page that needs no other file."""
