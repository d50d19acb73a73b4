"""Test kit for authors of plugins.

Write one class in a test module and pytest finds the checks that every domain must pass::

    from evenhand.testing import DomainConformance

    class TestEvenings(DomainConformance):
        plugin = evenings              # the module; leave it out when the plugin is installed
        domain = "evenings"

Pytest runs the checks, but nothing here imports it: the package has no part in what a user of the program installs.
"""

from evenhand.testing.conformance import DomainConformance
from evenhand.testing.installed import installed

__all__ = ["DomainConformance", "installed"]
