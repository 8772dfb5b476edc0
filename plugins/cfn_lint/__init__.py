"""Rules for cfn-lint over the same analysis."""
