"""All scenarios, from one module a theme."""

from __future__ import annotations

import crash_scenarios
import credentials_scenarios
import ownership_scenarios
import scenarios
import secret_scenarios
import time_scenarios
from scenarios import Scenario

_MODULES = (
    scenarios,
    crash_scenarios,
    credentials_scenarios,
    ownership_scenarios,
    secret_scenarios,
    time_scenarios,
)

SCENARIOS: tuple[Scenario, ...] = tuple(each for module in _MODULES for each in module.SCENARIOS)
NAMES = [scenario.name for scenario in SCENARIOS]
