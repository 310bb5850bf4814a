"""Settings of all tests: generated examples are the same in every run, and a busy machine is no failure."""

from hypothesis import settings

settings.register_profile("same every time", derandomize=True, database=None, deadline=None)
settings.load_profile("same every time")
