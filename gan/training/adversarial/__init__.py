"""The game: the generator imitates training writers, the discriminator learns to refuse it, and it learns from that."""
