"""The replay: both sides' strokes written again in a page of HTML."""
