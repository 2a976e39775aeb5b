"""What the end-to-end tests, the corpus, the schemas and the benchmarks share."""
