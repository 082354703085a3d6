"""The printed replay line gives the same failure and the same events again.

    replay_test.py PROGRAM
"""
import subprocess
import sys


def after_headline(text):
    """The failure itself: without the line that counts schedules, and without the replay line."""
    lines = text.splitlines()
    return [line for line in lines[1:] if line and not line.startswith("replay: ")]


def main():
    program = sys.argv[1]
    names = subprocess.run([program, "--list"], capture_output=True, text=True, check=True).stdout.split()
    wrong = [name for name in names if name.startswith("wrong")]
    for name in wrong:
        first = subprocess.run(["setarch", "-R", program, f"--only={name}"], capture_output=True, text=True)
        line = next(l for l in first.stdout.splitlines() if l.startswith("replay: "))
        again = subprocess.run(["setarch", "-R", *line.split()[1:]], capture_output=True, text=True)
        if again.returncode == 0 or after_headline(first.stdout) != after_headline(again.stdout):
            sys.exit(f"{name}: the replay differs\n{first.stdout}\n{again.stdout}")
    print(f"{len(wrong)} failures replayed")


if __name__ == "__main__":
    main()
