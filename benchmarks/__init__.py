"""Measurements of the service. They print figures with the conditions they hold under; they do not pass or fail a build."""
