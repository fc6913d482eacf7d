"""Refuses to build without the generated messages: such a package installs and cannot be imported."""

from pathlib import Path

from setuptools import setup

if not Path("src/dtms/v1/access_pb2.py").exists():
    raise SystemExit(
        "dtms: the messages are not generated in this folder. In the repository, run "
        "`node scripts/python-wheel.mjs`, and install the wheel that is then in build/python-dist."
    )

setup()
