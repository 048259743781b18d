"""The letter chart: its findings, words, figures, and the chart as a document of its own."""
