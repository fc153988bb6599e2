"""The operator's command line: `python -m chalicelib VERB`, the same on a laptop and against AWS."""

import atexit
import gc
import sys

from chalicelib.local.commands import main

if __name__ == "__main__":
    atexit.register(
        gc.freeze
    )  # what msgspec made is not taken apart at the end: that may crash (its issue 717)
    sys.exit(main(sys.argv[1:]))
