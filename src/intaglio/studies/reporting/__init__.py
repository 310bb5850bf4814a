"""What the reports of all families share: how plots and pages look."""
