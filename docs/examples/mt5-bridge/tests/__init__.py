"""Tests of the bridge, with nothing to install but what the bridge itself needs.

`python -m unittest discover -s tests -t .` in this directory's parent of `tests`.
"""

import logging
import pathlib
import sys

_HERE = pathlib.Path(__file__).resolve()
for _path in (_HERE.parents[1] / "src", _HERE.parents[4] / "gen" / "python"):
    sys.path.insert(0, str(_path))

# The faults that the tests script are logged at length.
logging.disable(logging.CRITICAL)
