"""From a sandbox's journal to a scenario: what was recorded, written as a story that passes."""
