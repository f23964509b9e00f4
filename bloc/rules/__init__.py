"""Pure rules: values in, values out. No session, clock, disk or Prefect."""
