"""CloudFormation templates, in JSON and YAML."""
