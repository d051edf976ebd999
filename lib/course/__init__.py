"""The course: what checks an answer, questions to commit to, and the builds for a class."""
from .bank import question
from .checking import Check, Mistake, agree

__all__ = ["Check", "Mistake", "agree", "question"]
