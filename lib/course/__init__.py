"""The course: what checks an answer, questions to commit to, and the builds for a class."""
from .checking import Check, Mistake, agree
from .questions import question

__all__ = ["Check", "Mistake", "agree", "question"]
