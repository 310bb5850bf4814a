"""The family of studies about lottery tickets in style networks."""
