"""The text network's training: whose texts, an n-gram of them, learning from texts, being taught."""
