"""Result files and users' files: written whole, checked when read, known by their digests."""
