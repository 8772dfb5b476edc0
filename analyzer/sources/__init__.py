"""One package or module per input format: bytes in, a document out."""
