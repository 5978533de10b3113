"""The report page and the LaTeX table, made from tables and figures."""
