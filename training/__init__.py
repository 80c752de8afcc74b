"""How Harbinger's language model was made: data, recipe and evaluation, re-runnable with one command."""
