"""The credentials and the project of every endpoint of these tests, and what such an endpoint holds."""

from __future__ import annotations

import json

TOKEN, OTHER = "canary-token-5f3a9c71e2", "canary-other-8d21b7f0aa"
PROJECT = "5afe5afe5afe5afe5afe5afe5afe5afe"


def everything(endpoint: str, project: str = PROJECT, token: str = TOKEN) -> dict[str, str]:
    """Every volume and snapshot of a project as it is shown, byte for byte, by id."""
    # Not above: faults.py forks runs whose memory it measures.
    import requests

    shown: dict[str, str] = {}
    for kind in ("volumes", "snapshots"):
        url: str | None = f"{endpoint}/{project}/{kind}/detail"
        while url:
            answer = requests.get(url, headers={"X-Auth-Token": token}, timeout=20).json()
            shown.update({item["id"]: json.dumps(item) for item in answer[kind]})
            url = next((link["href"] for link in answer.get(f"{kind}_links", ())), None)
    return shown
