"""The replay: takes a cycle through a scenario. Its flows and actions are the real ones; no row is written past an action."""
