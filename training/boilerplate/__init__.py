"""How the weights of ``service.analysis.line_model`` were made; not part of the service."""
