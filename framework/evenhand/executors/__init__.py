"""Ways of running independent pieces of work."""

from evenhand.executors.base import Executor
from evenhand.executors.dask import DaskExecutor
from evenhand.executors.local import LocalExecutor

__all__ = ["DaskExecutor", "Executor", "LocalExecutor"]
