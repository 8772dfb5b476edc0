"""Terraform source files, read before there is a plan."""
