"""Harbinger: news articles in, entities, actors, events and escalation signals out, exactly once."""

__version__ = "0.1.0"
