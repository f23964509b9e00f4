"""The verbs. Every door calls these; none of them commits, and none reads the clock."""
