"""``python -m tools TASK``: runs one task of the project; ``help`` lists them."""

import sys

from tools.interpreter import ensure

ensure()  # before anything that an older Python could not parse

from tools.tasks import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
