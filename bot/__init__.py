"""回音 Huiyin: the Django project, and (in launch/) what sets it up and runs it."""
