"""What Schemathesis has to know of DTMS."""

import os

import schemathesis
from hypothesis import strategies as st

# 64-bit integers are strings; their pattern alone admits a little more than fits.
schemathesis.openapi.format(
    "int64", st.integers(min_value=-(2**63), max_value=2**63 - 1).map(str)
)

OWN_KEY = os.environ.get("DTMS_TEST_KEY_ID", "")


@schemathesis.hook
def before_call(context, case, kwargs):
    # Ids come from earlier answers too: the key that the calls are made with must not be ended.
    if OWN_KEY != "" and case.path_parameters.get("keyId") == OWN_KEY:
        case.path_parameters["keyId"] = "k3v7mq2pxw5d"
    # As GET this is /dtms/trade/{ticket} with a ticket that is none, and 422 by right: another method that
    # the path has not, which must be 405, is asked in its place.
    if case.path == "/dtms/trade/enable" and case.method == "GET":
        case.method = "DELETE"
