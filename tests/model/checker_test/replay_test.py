"""The printed replay line gives the same failure and the same events again.

    replay_test.py PROGRAM
"""
import re
import subprocess
import sys

ADDRESS = re.compile(r"\b(?:0x)?[0-9a-f]{9,}\b")  # the system may load the program elsewhere


def failure_in(text):
    """The failure itself: without the line that counts schedules, and without the replay line."""
    lines = ADDRESS.sub("address", text).splitlines()
    return [line for line in lines[1:] if line and not line.startswith("replay: ")]


def output_of(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def main():
    program = sys.argv[1]
    wrong = [name for name in output_of(program, "--list")[1].split() if name.startswith("wrong")]
    for name in wrong:
        _, first = output_of(program, f"--only={name}")
        line = next(l for l in first.splitlines() if l.startswith("replay: "))
        code, again = output_of(*line.split()[1:])
        if code == 0 or failure_in(first) != failure_in(again):
            sys.exit(f"{name}: the replay differs\n{first}\n{again}")
    print(f"{len(wrong)} failures replayed")


if __name__ == "__main__":
    main()
