"""The pair of networks: features, discriminator, training, weights. Knows ink, knows no case and no page."""
