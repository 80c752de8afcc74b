"""Facts about states, people in office, organisations, armed groups, weapons and places; loaded once, checked, indexed."""

from service.knowledge.errors import KnowledgeError
from service.knowledge.knowledge import Knowledge

__all__ = ["Knowledge", "KnowledgeError"]
