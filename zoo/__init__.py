"""How the generic weights of the package are made, and how good they are on unseen regions."""
