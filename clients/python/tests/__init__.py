"""Tests of the client. Those that need a server ask DTMS_TEST_ADDRESS for one."""
