"""What can be done with shops: one verb for each fact."""
