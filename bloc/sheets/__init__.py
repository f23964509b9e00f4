"""The score workbook (bảng chấm điểm): written for a unit, read back with every fault named by cell."""
