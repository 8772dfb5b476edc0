"""Terraform source files, read before there is a plan."""

from __future__ import annotations

from analyzer.sources.terraform_hcl.reader import read
from analyzer.sources.terraform_hcl.sources import Library
from analyzer.sources.terraform_hcl.variables import Options

__all__ = ["Library", "Options", "read"]
