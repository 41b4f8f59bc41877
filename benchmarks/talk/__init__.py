"""Talk measured beside a peer in the same run: Matrix Synapse, from its Python package."""
