"""The year of an emulation bloc (khối thi đua), from its plan to its ranking. See README.md for the architecture."""
