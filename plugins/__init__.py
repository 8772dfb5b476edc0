"""What runs inside other tools: cfn-lint rules, CI recipes. Shipped as `analyzer.plugins`."""
