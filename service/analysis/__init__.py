"""Article in, enriched article out. Pure: no Kafka, no clock, no network, no global state."""
