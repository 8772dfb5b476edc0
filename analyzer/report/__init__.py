"""One module per output format, over one report model."""
