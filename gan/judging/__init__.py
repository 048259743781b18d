"""The discriminator: its style head."""
