"""The pages, a file a subject: each function is one page or one act, and has its line in ``access.ACCESS``."""
