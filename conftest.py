"""Lets plain `pytest suites --endpoint …` find the plugin; nothing else."""

pytest_plugins = ["volcheck.runner.plugin"]
