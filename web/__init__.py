"""The page and the API over the examiner's verbs:  python cli.py serve"""
