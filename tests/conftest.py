"""What holds for every test: no clock decides, and nothing is asked of any network."""

from __future__ import annotations

import os
import sys

from hypothesis import settings

# A slow machine is no failure. `fixed` makes each run try the same examples.
settings.register_profile("random", deadline=None)
settings.register_profile("fixed", deadline=None, derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "random"))

LOCAL = ("localhost", "127.0.0.1", "::1", "", None)


def refuse_network(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook: a name is looked up or a connection made beyond this machine."""
    host: object = None
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host not in LOCAL:
        raise AssertionError("a test asked something of the network")


sys.addaudithook(refuse_network)
