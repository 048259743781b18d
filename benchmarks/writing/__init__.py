"""What is written, drawn and set: the generator, its rivals, fonts, texts, images of characters."""
