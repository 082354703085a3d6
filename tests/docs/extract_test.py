#!/usr/bin/python3
"""A page with every mark is extracted, and its snippets are compiled, run and judged."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent

PAGE = """
# A page

```cpp
int main() { return 0; }
```

Statements, with a function and a type in between:

```cpp
#include <cstdio>

template <class T>
T twice(T x) {
    return x + x;
}

struct point {
    int x, y;
};

using number = int;
for (number i = 0; i < 2; ++i) {
    std::printf("%d", twice(i));
}
std::puts("");
```
<!-- snippet: output -->
```text
02
```

<!-- snippet: continues -->
```cpp
const point p{1, 2};
std::printf("%d\\n", p.x + twice(p.y));
```

<!-- snippet: output -->
```text
02
5
```

<!-- snippet: given
const int hidden = 7;
-->
```cpp
static_assert(hidden == 7);
```

<!-- snippet: refused -->
```cpp
static_assert(1 == 2, "one is not two");
```

<!-- snippet: output -->
```text
one is not two
```

```text
no code
```

```python
from concurrent.futures import ThreadPoolExecutor
print(ThreadPoolExecutor(2).submit(pow, 2, 3).result())
```

<!-- snippet: output -->
```text
8
```

```python
print("of no module that is ours")
```

```python
import queue
print(queue.Queue(7).maxsize)
```
```cpp
std::puts("7");
```
<!-- snippet: output of both -->
```text
7
```
"""


class Extract(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.out = self.root / "out"

    def extract(self, page, name="docs/page.md"):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
        return subprocess.run([sys.executable, "-B", HERE / "extract.py", self.root, self.out],
                              text=True, capture_output=True, check=False)

    def check(self, *arguments):
        done = subprocess.run([sys.executable, HERE / "check.py", *arguments], cwd=self.out, text=True,
                              capture_output=True, check=False)
        return done.returncode, done.stdout

    def build(self, name):
        return subprocess.run(["g++", "-std=c++20", "-Werror", "-include", "cstdlib", f"{name}.cpp", "-o", name],
                              cwd=self.out, text=True, capture_output=True, check=False)

    def test_each_block_becomes_what_it_should(self):
        done = self.extract(PAGE)
        self.assertEqual((done.returncode, done.stdout), (0, "docs: 7 snippets, 0 of them skipped\n"), done.stderr)
        listed = (self.out / "snippets.cmake").read_text(encoding="utf-8")
        for test in ("page.1|program|page.1|0|-", "page.2|body|page|2|page.2.expected", "page.3|body|page|3|-",
                     "page.4|refused|page.4|0|page.4.expected", "page.5|python|page.5|0|page.5.expected",
                     "page.6|python|page.6|0|page.6.expected", "page.7|body|page|7|page.7.expected"):
            self.assertIn(f'"{test}"', listed)

    def test_the_snippets_compile_and_print_what_the_page_says(self):
        self.extract(PAGE)
        self.assertEqual(self.build("page.1").stderr, "")
        self.assertEqual(self.build("page").stderr, "")
        self.assertEqual(self.check("run", "page.2.expected", "./page", "2"), (0, "02\n5\n"))
        self.assertEqual(self.check("run", "-", "./page", "3")[0], 0)
        self.assertEqual(self.check("run", "page.5.expected", sys.executable, "page.5.py")[0], 0)
        self.assertEqual(self.check("run", "page.6.expected", sys.executable, "page.6.py"), (0, "7\n"))
        self.assertEqual(self.check("run", "page.7.expected", "./page", "7"), (0, "7\n"))
        self.assertEqual(self.check("refused", "page.4.expected", "g++", "-fsyntax-only", "page.4.cpp")[0], 0)

    def test_a_false_page_is_found(self):
        self.extract(PAGE.replace("02\n5\n", "02\n6\n").replace("one is not two\n```", "two\n```"))
        self.build("page")
        code, said = self.check("run", "page.2.expected", "./page", "2")
        self.assertEqual(code, 1)
        self.assertIn("-6\n+5", said)
        self.assertEqual(self.check("refused", "-", "g++", "-fsyntax-only", "page.1.cpp")[0], 1)

    def test_an_error_names_the_line_of_the_page(self):
        self.extract("\n\n```cpp\nint x = 1;\nint y = z;\n```\n")
        self.assertIn("docs/page.md:5:9: error", self.build("page").stderr)

    def test_skipping_is_for_docs_why_and_needs_a_reason(self):
        page = "<!-- snippet: skip it is an idea only -->\n```cpp\nnonsense\n```\n"
        self.assertEqual(self.extract(page, "docs/why/a.md").returncode, 0)
        self.assertNotEqual(self.extract(page, "docs/b.md").returncode, 0)
        (self.root / "docs/b.md").unlink()
        self.assertNotEqual(self.extract(page.replace(" it is an idea only", ""), "docs/why/a.md").returncode, 0)

    def test_a_mark_that_does_not_exist(self):
        self.assertNotEqual(self.extract("<!-- snippet: ouput -->\n```text\n1\n```\n").returncode, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
