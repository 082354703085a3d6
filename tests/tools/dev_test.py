#!/usr/bin/python3
"""./dev on machines where it cannot go on: it must say the mend, and change nothing."""
import os
import pathlib
import subprocess
import tempfile
import unittest

DEV = pathlib.Path(__file__).resolve().parents[2] / "dev"


class Dev(unittest.TestCase):
    def dev(self, *arguments, fakes=None):
        """Runs ./dev with some programs of the system replaced by one-line scripts."""
        with tempfile.TemporaryDirectory() as folder:
            for name, script in (fakes or {}).items():
                path = pathlib.Path(folder, name)
                path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
                path.chmod(0o755)
            done = subprocess.run([DEV, *arguments], text=True, capture_output=True, check=False,
                                  env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"})
        return done.returncode, done.stdout, done.stderr

    def test_help_names_every_command(self):
        code, said, _ = self.dev("help")
        self.assertEqual(code, 0)
        for command in ("run", "test", "stress", "bench", "format"):
            self.assertIn(f"./dev {command}", said)

    def test_an_unknown_command(self):
        code, _, said = self.dev("tset")
        self.assertEqual(code, 1)
        self.assertIn("no command 'tset'", said)

    def test_an_unknown_stage(self):
        code, _, said = self.dev("test", "untis")
        self.assertEqual(code, 1)
        self.assertIn("Stages: house", said)

    def test_a_user_who_may_not_install_is_told_the_line(self):
        code, _, said = self.dev("run", fakes={
            "dpkg-query": "echo g++ installed", "id": "echo 1000", "sudo": "exit 1",
            "apt-get": "echo apt-get must not run >&2; exit 1"})
        self.assertEqual(code, 1)
        self.assertIn("apt-get install -y --no-install-recommends cmake libcli11-dev ninja-build", said)
        self.assertNotIn("must not run", said)

    def test_without_a_network_the_line_is_told_too(self):
        code, _, said = self.dev("run", fakes={
            "dpkg-query": "echo g++ installed", "id": "echo 0", "apt-get": "exit 100"})
        self.assertEqual(code, 1)
        self.assertIn("Is there a network?", said)

    def test_sudo_installs_what_is_missing_and_asks_nothing(self):
        code, said, _ = self.dev("run", fakes={
            "dpkg-query": "echo g++ installed", "id": "echo 1000", "cmake": "exit 1",
            "sudo": 'shift; [ "$1" = true ] || echo "$@"', "apt-get": "exit 1"})
        self.assertEqual(code, 1)  # cmake fails
        self.assertIn("dev: installing cmake", said)
        self.assertIn("apt-get -qq update\n", said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
