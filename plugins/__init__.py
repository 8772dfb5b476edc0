"""Adapters for other tools, shipped as analyzer.plugins."""
