"""The container image: how it is built where no registry can be reached, and what is asked of it when it runs.

``python -m tests.image.build`` is ``make image``; ``python -m tests.image.base --renew`` makes the base anew.
"""
