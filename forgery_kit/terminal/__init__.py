"""What a command line needs beside the verbs: which side a file is on, progress, and how a result is printed."""
