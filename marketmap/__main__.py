"""Lets ``python -m marketmap`` run the command line."""

from marketmap.cli import main

if __name__ == "__main__":
    main()
