"""The checker of the shapes and types that are written beside arguments; see conftest.py."""

from beartype import BeartypeConf, beartype

check = beartype(conf=BeartypeConf(is_pep484_tower=True))  # an int passes for a float
