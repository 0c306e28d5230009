# SPDX-License-Identifier: Apache-2.0
"""Writes the value that it is given to a file on its volume."""
import argparse


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-v", "--value", type=int, required=True)
    parser.add_argument("-o", "--output", default="/vol1/x")
    arguments = parser.parse_args()
    with open(arguments.output, "w", encoding="ascii") as output:
        output.write(f"{arguments.value}\n")
    print(f"wrote {arguments.value} to {arguments.output}")


if __name__ == "__main__":
    main()
