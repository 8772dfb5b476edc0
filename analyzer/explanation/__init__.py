"""Why a verdict holds: its proof, what a device is made of, and AWS's own statements."""
