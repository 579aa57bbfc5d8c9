"""The one road of a command, component, form or event: gate, handler, answer."""
