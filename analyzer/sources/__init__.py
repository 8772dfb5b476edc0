"""Sources: one per input format, from bytes to a `Document`."""
