"""Tests of the bridge: the stand-in terminal on one side, the strict server of the client's tests on the other.

`python -m unittest discover -s tests -t .` in this directory's parent, with the wheels of `scripts/python-wheel.mjs`.
"""

import logging

# The faults that the tests script are logged at length.
logging.disable(logging.CRITICAL)
