"""The decision core: AWS's rules, facts and possible worlds. Pure, standard library only."""
