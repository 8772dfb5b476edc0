"""Findings that take more than one device: settings, rights to a key, shares with others."""
