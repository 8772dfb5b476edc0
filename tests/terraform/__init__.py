"""Tests of everything that a Terraform plan can be."""
