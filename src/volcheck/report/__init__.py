"""Everything people look at, made from results and from nothing else."""
