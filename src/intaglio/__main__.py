"""`python -m intaglio`: what launchers of several processes run, such as `accelerate launch -m intaglio train`."""

import sys

from intaglio.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
