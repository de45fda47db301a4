"""Pages and their style sheets and scripts, all our own: nothing is fetched from elsewhere."""
