"""The project's own tasks, run by ``python -m tools``; only the standard library is needed to start them."""
