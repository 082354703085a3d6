"""How the code is laid out."""
import re
import shutil
import subprocess

from .tree import Finding

TOOL = "clang-format-19"


def formatted(tree):
    """clang-format would change nothing. Where it is not installed the law is not checked."""
    if not shutil.which(TOOL) or not tree.has(".clang-format") or not tree.code:
        return
    done = subprocess.run([TOOL, "--dry-run", *tree.code], cwd=tree.root, text=True,
                          capture_output=True, check=False)
    seen = set()
    for match in re.finditer(r"^([^:\n]+):(\d+):\d+: warning:", done.stderr, re.MULTILINE):
        if match[1] not in seen:
            seen.add(match[1])
            yield Finding(match[1], int(match[2]), "not laid out; ./dev format does it")
