"""What is written in ink: text with confidence, and where each letter stands."""
