#!/usr/bin/python3
"""crash_isolation: what its decoder does to a worker costs one picture, and is told well."""
import os
import re
import subprocess
import unittest

from program import LIMIT, ROOT

BINARY = os.environ.get("CRASH_ISOLATION", str(ROOT / "build/dev/examples/crash_isolation/crash_isolation"))


def paragraphs(text):
    return [p.splitlines() for p in text.split("\n\n")]


def facts(paragraph):
    """What a report says: a list of lines for each word."""
    said, word = {}, None
    for line in paragraph:
        word = line[4:16].strip() or word
        said.setdefault(word, []).append(line[16:])
    return said


class CrashIsolation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.done = subprocess.run([BINARY], capture_output=True, text=True, timeout=LIMIT, check=False,
                                  stdin=subprocess.DEVNULL)
        cls.parts = paragraphs(cls.done.stdout)

    def test_it_ends_well(self):
        self.assertEqual(self.done.returncode, 0, self.done.stderr)

    def test_each_picture_has_its_own_outcome(self):
        rows = dict(row.split(maxsplit=1) for row in self.parts[1])
        self.assertEqual(rows, {
            "meadow.tile": "16 x 16, 3 colours, brightness 52 %",
            "letter.txt": "refused: not a tile",
            "no-palette.tile": "crashed (SIGSEGV)",
            "night.tile": "16 x 16, 2 colours, brightness 9 %",
            "half.tile": "refused: cut short",
            "no-end.tile": "stopped (not done after 2 s)",
            "sunset.tile": "16 x 16, 4 colours, brightness 46 %",
            "version-2.tile": "ended its process (exit code 1)",
            "snow.tile": "16 x 16, 2 colours, brightness 99 %",
        })

    def test_a_crash_is_reported_with_all_that_is_known(self):
        said = facts(next(p for p in self.parts if "    task        no-palette.tile" in p))
        # The second colour of a palette at 0; which of its bytes is read first is the compiler's.
        self.assertEqual(len(said["end"]), 1)
        self.assertRegex(said["end"][0], r"^SIGSEGV, touching address 0x[345]$")
        self.assertRegex(said["process"][0], r"^\d+, peak memory \d+\.\d MiB$")
        self.assertEqual(said["last words"], ["tile: warning: runs come before the palette"])
        self.assertRegex(said["stack"][0], r"^#0 (paint_runs|tile_read)\b.* at crash_isolation\+0x")
        self.assertTrue(any(re.search(r"\blook_at\(", line) for line in said["stack"]), said["stack"])

    def test_an_exit_is_reported_too(self):
        said = facts(next(p for p in self.parts if "    task        version-2.tile" in p))
        self.assertEqual(said["end"], ["exit code 1"])
        self.assertEqual(said["last words"], ["tile: made by a newer version of tile"])
        self.assertNotIn("stack", said)

    def test_the_pool_goes_on_in_the_same_process(self):
        pid = re.match(r"This is process (\d+)\.", self.parts[0][0])[1]
        self.assertTrue(self.parts[-2][0].startswith(f"Process {pid} is well, and so is its pool."))
        self.assertEqual(self.parts[-1], ["  meadow.tile      16 x 16, 3 colours, brightness 52 %"])

    def test_what_the_decoder_says_is_shown(self):
        self.assertEqual(sorted(self.done.stderr.splitlines()), [
            "tile: made by a newer version of tile", "tile: warning: runs come before the palette"])


if __name__ == "__main__":
    unittest.main()
