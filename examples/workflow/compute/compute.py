# SPDX-License-Identifier: Apache-2.0
"""Reads a value from one volume and writes a report on it to another."""
import sys


def main():
    source = sys.argv[1] if len(sys.argv) > 1 else "/vol1/x"
    target = sys.argv[2] if len(sys.argv) > 2 else "/vol2/result"
    with open(source, encoding="ascii") as file:
        value = int(file.read())
    with open(target, "w", encoding="ascii") as file:
        file.write(f"read from {source}, computed:\n{value}\nDONE!\n")
    print(f"wrote {target}")


if __name__ == "__main__":
    main()
