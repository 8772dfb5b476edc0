"""Where facts come from that an input does not state."""
