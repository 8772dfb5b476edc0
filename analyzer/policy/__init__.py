"""What of an answer is a finding, and which findings are ignored."""
