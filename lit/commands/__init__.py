"""Commands for the shell, one module each: what ``python -m lit`` does."""
