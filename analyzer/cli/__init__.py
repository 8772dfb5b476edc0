"""The command line: arguments, exit codes and nothing else."""
