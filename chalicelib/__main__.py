"""The operator's command line: `python -m chalicelib VERB`, the same on a laptop and against AWS."""

import sys

from chalicelib.local.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
