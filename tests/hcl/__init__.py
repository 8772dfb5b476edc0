"""Tests of the Terraform source reader."""
