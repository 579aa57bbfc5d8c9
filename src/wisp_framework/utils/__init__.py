"""Pure helpers, standard library only."""
