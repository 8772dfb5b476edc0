"""What each attribute of each resource type means, as tables."""
