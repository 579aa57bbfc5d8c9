"""``python -m wisp_framework``: the same as ``wisp``."""

from wisp_framework.cli import main

if __name__ == "__main__":
    main()
