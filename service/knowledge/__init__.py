"""Facts about states, people in office, organisations, armed groups, weapons and places; loaded once, checked, indexed."""

from service.knowledge.knowledge import Knowledge
from service.knowledge.tables import KnowledgeError

__all__ = ["Knowledge", "KnowledgeError"]
