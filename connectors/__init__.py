"""One folder a platform. A connector reads what a platform says and sends one thing to it; nothing else."""
