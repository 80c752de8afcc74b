"""The chart, as helm renders it: valid, safe, in step with the service, and plain about values that cannot be used."""
