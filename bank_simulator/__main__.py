"""`python -m bank_simulator`: start the bank."""

import sys

from bank_simulator.server import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
