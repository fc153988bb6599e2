"""The operator's command line: `python -m chalicelib VERB`, the same on a laptop and against AWS."""

import atexit
import gc
import sys

from chalicelib.local.commands import main

if __name__ == "__main__":
    # At the end nothing is taken apart: msgspec may crash where its types are (msgspec/msgspec issue 717).
    atexit.register(gc.freeze)
    sys.exit(main(sys.argv[1:]))
