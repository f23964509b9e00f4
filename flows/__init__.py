"""The flows: thin doors to the actions, one file a stage. Parameters and results are names, moments and counts."""
