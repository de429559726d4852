"""Every order of what may happen: actions, scopes, search, remembering, traces."""
