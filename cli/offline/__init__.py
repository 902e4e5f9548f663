"""Sub-commands of the offline side, a file each, and what trainings share."""
