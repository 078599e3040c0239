"""What a run found, as data: result.json, its JSON Schema, and what is computed from it."""
