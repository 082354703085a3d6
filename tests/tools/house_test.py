#!/usr/bin/python3
"""Each law of tools/house is broken once in a small tree, and must be found there and nowhere else."""
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import unittest

HOUSE = pathlib.Path(__file__).resolve().parents[2] / "tools" / "house"
sys.dont_write_bytecode = True
sys.path.insert(0, str(HOUSE.parent))

from laws import sizes  # noqa: E402
from laws.tree import blank  # noqa: E402

CLEAN = {
    "src/concur/core/job.hpp": "#pragma once\nstruct job {};\n",
    "src/concur/futures/future.hpp": '#pragma once\n#include "concur/core/job.hpp"\nstruct future {};\n',
    "src/concur/futures.hpp": '#pragma once\n#include "concur/futures/future.hpp"\n',
    "tests/core/job_test.cpp": "// a test\n",
    "tests/futures/future_test.cpp": "// a test\n",
    "docs/reference/futures.md": "`<concur/futures.hpp>` has `<concur/futures/future.hpp>`.\n",
    ".clang-format": "BasedOnStyle: Google\nIndentWidth: 4\n",
}


class Laws(unittest.TestCase):
    def house(self, law, changes):
        """What the law says of the clean tree with these changes (None takes a file away)."""
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {**CLEAN, **changes}.items():
                if text is not None:
                    path = pathlib.Path(folder, name)
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(text, encoding="utf-8")
            done = subprocess.run([HOUSE, "--root", folder, "--law", law], text=True,
                                  capture_output=True, check=False)
        self.assertEqual(done.stderr, "")
        self.assertEqual(done.returncode, 1 if "1 broken" in done.stdout else 0)
        return done.stdout.splitlines()[:-1]

    def breaks(self, law, changes, *places):
        found = self.house(law, changes)
        self.assertEqual([line.split(": ")[0] for line in found], list(places), "\n".join(found))

    def test_the_clean_tree_breaks_no_law(self):
        names = subprocess.run([HOUSE, "--list"], text=True, capture_output=True, check=True).stdout
        for law in names.split():
            self.breaks(law, {})

    def test_an_include_that_points_up(self):
        self.breaks("floors", {"src/concur/core/job.hpp": '#pragma once\n#include "concur/futures/future.hpp"\n'},
                    "src/concur/core/job.hpp:2")

    def test_an_include_of_another_room_on_the_same_floor(self):
        files = {"src/concur/pickle/a.hpp": "#pragma once\n", "src/concur/threading/lock.hpp": "#pragma once\n"}
        files["src/concur/queue/queue.hpp"] = '#include "concur/threading/lock.hpp"\n#include "concur/pickle/a.hpp"\n'
        self.breaks("floors", files, "src/concur/queue/queue.hpp:2")

    def test_an_umbrella_used_from_within(self):
        self.breaks("floors", {"src/concur/core/x.cpp": "#include <concur/futures.hpp>\n"}, "src/concur/core/x.cpp:1")

    def test_an_include_of_nothing(self):
        self.breaks("floors", {"src/concur/core/x.cpp": '#include "concur/core/none.hpp"\n'}, "src/concur/core/x.cpp:1")

    def test_an_include_without_the_room(self):
        self.breaks("floors", {"src/concur/core/x.cpp": '#include "job.hpp"\n'}, "src/concur/core/x.cpp:1")

    def test_a_room_without_a_floor(self):
        self.breaks("floors", {"src/concur/cellar/x.hpp": ""}, "src/concur/cellar/x.hpp:1")

    def test_a_circle_of_includes(self):
        self.breaks("circles", {"src/concur/core/a.hpp": '#include "concur/core/b.hpp"\n',
                                "src/concur/core/b.hpp": '#include "concur/core/a.hpp"\n'},
                    "src/concur/core/b.hpp:1")

    def test_a_condition_outside_platform(self):
        text = "// #if here is a comment\n#ifdef __linux__\n#endif\n"
        self.breaks("platform", {"src/concur/core/x.cpp": text, "src/concur/platform/x_linux.cpp": text},
                    "src/concur/core/x.cpp:2")

    def test_a_header_of_the_system_outside_platform(self):
        for name in ("unistd.h", "sys/mman.h", "linux/futex.h", "cxxabi.h"):
            self.breaks("platform", {"src/concur/platform/x.hpp": f"#include <{name}>\n",
                                     "src/concur/platform/x.cpp": f"#include <{name}>\n"},
                        "src/concur/platform/x.hpp:1")

    def test_a_function_macro(self):
        self.breaks("macros", {"src/concur/core/x.cpp": "#define TWICE(x) x x\n"}, "src/concur/core/x.cpp:1")

    def test_a_macro_that_a_header_leaves_behind(self):
        text = "#define CONCUR_VERSION 1\n#define CONCUR_FAST 1\n"
        self.breaks("macros", {"src/concur/core/x.hpp": text}, "src/concur/core/x.hpp:2")

    def test_a_long_file(self):
        self.breaks("lines", {"bench/x.cpp": "int x;\n" * 401, "tools/x.py": "x = 1\n" * 400}, "bench/x.cpp:1")

    def test_a_long_function(self):
        body = "void f() {\n" + "    g();\n" * 39 + "}\n"
        self.breaks("functions", {"src/concur/core/x.cpp": "\n" + body, "examples/y.cpp": body.replace("g();", "", 1)
                                  .replace("    \n", "", 1)}, "src/concur/core/x.cpp:2")

    def test_deep_nesting(self):
        text = "void f() {\n  if (a) {\n    for (;;) {\n      while (b) {\n        if (c) {\n          g();\n}}}}}\n"
        self.breaks("functions", {"tests/core/x_test.cpp": text}, "tests/core/x_test.cpp:5")

    def test_a_header_that_leans_on_another(self):
        self.breaks("alone", {"src/concur/core/x.hpp": "#pragma once\nstd::string s();\n"}, "src/concur/core/x.hpp:1")

    def test_a_header_without_a_test(self):
        self.breaks("tests", {"tests/core/job_test.cpp": None}, "src/concur/core/job.hpp:1")

    def test_a_header_without_a_page(self):
        self.breaks("reference", {"src/concur/futures/x.hpp": "", "src/concur/core/y.hpp": ""},
                    "src/concur/futures/x.hpp:1")

    def test_an_atomic_without_a_model_test(self):
        text = "// atomic<int> in a comment\natomic<int> word;\n"
        self.breaks("models", {"src/concur/core/a.hpp": text, "src/concur/core/b.cpp": text,
                               "src/concur/core/c.hpp": text.split("\n", maxsplit=1)[0],
                               "src/concur/platform/d_linux.cpp": text,
                               "tests/model/core/b_model.cpp": ""}, "src/concur/core/a.hpp:1")

    def test_something_unfinished(self):
        for word in ("TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK"):
            self.breaks("words", {"docs/why/0001.md": f"\nThis is a {word}.\n"}, "docs/why/0001.md:2")
        self.breaks("words", {"examples/x.cpp": 'mkstemp("/tmp/' + "X" * 6 + '");\n'})

    def test_a_path_of_one_machine(self):
        for name in ("ho" "me", "wo" "rk", "ro" "ot"):
            self.breaks("words", {"tools/x.py": f"open('/{name}/someone/x')\n"}, "tools/x.py:1")

    def test_a_sleep_without_a_reason(self):
        text = "std::this_thread::sleep_for(1ms);\nstd::this_thread::sleep_for(1ms);  // sleeps: lets the timeout pass\n"
        self.breaks("sleeps", {"tests/core/x_test.cpp": text, "bench/x.cpp": text}, "tests/core/x_test.cpp:1")

    def test_code_that_is_not_laid_out(self):
        found = self.house("format", {"src/concur/core/x.cpp": "int  x;\n"})
        if found:  # clang-format may be missing here
            self.assertTrue(found[0].startswith("src/concur/core/x.cpp:1: format"), found)

    def test_a_heavy_header(self):
        self.breaks("weight", {"src/concur/futures/future.hpp": "#pragma once\n#include <regex>\n#include <future>\n"},
                    "src/concur/futures.hpp:1", "src/concur/futures/future.hpp:1")


class Braces(unittest.TestCase):
    """What each brace is taken for."""

    def kinds(self, text):
        text = blank(textwrap.dedent(text))
        found = sorted((block.line, block.kind) for block, _ in sizes.blocks(text) if block.kind != "init")
        return [kind for _, kind in found]

    def test_scopes_types_and_functions(self):
        self.assertEqual(self.kinds("""
            namespace concur {
            template <class T>
                requires std::invocable<T&>
            class future final : public base<T> {
            public:
                future() noexcept : a_{1}, b_(2), c_{std::move(x)} {
                }
                auto operator<=>(const future&) const -> bool {
                }
                explicit operator bool() const {
                }
                template <class F>
                void each(F&& f) const noexcept(noexcept(f())) {
                }
            };
            enum class state : int {
            };
            template <class T>
            struct wrapped<T&> {
            };
            }
            """), ["scope", "type", "function", "function", "function", "function", "type", "type"])

    def test_blocks_within_a_function(self):
        self.assertEqual(self.kinds("""
            int main() {
                std::vector<int> v{1, 2};
                auto f = [&, x = y](int a) mutable -> int {
                };
                pool.submit([this] {
                    if (a) {
                    } else if (b) {
                    } else {
                    }
                });
                for (auto x : {1, 2}) {
                    if (std::any_of(v.begin(), v.end(), [](int x) { return x; }) && f[x](x)) {
                    }
                }
                do {
                } while (b);
                try {
                } catch (const std::exception& e) {
                }
                switch (c) {
                    case 1: {
                    }
                }
                struct local {
                };
                return {1'000, 2};
            }
            """), ["function", "lambda", "lambda", "control", "control", "control", "control", "control",
                   "lambda", "control", "control", "control", "control", "case", "type"])

    def test_braces_in_strings_and_comments_are_no_braces(self):
        self.assertEqual(self.kinds("""
            void f() {  // {
                g("{", '{', R"({)", 1'000);  /* { */
            }
            """), ["function"])

    def test_a_test_has_its_name(self):
        self.assertEqual(sizes.name_of("TEST(future, is_done) "), "TEST(future, is_done)")
        self.assertEqual(sizes.name_of("template <class T> void future<T>::wait() const "), "future<T>::wait")


if __name__ == "__main__":
    unittest.main(verbosity=2)
