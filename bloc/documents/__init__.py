"""Values to documents: the workbooks, letters and minutes that a cycle issues. Same values, same bytes."""
