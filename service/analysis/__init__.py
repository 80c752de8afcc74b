"""Article in, enriched article out. Pure: no Kafka, no clock, no network, no global state."""

from service.analysis.spacy_alone import leave_out_command_line

leave_out_command_line()  # before any module of this package imports spaCy
