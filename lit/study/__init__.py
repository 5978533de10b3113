"""From the text of a config to a study's runs, start states, table rows and paths of results."""
