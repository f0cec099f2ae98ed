"""``python -m studio.cli`` is the command ``studio``."""

import sys

from studio.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
