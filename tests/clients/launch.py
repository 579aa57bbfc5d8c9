"""Starts a bot script as if some packages were not installed: ``launch.py SCRIPT [PACKAGE...]``.

What a library takes for its compression depends on what is installed beside it.
"""

import runpy
import sys

if __name__ == "__main__":
    script, *absent = sys.argv[1:]
    # None here makes an import fail as it does for what is not there.
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]
    runpy.run_path(script, run_name="__main__")
