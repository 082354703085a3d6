"""Files of 400 lines, functions of 40, nesting of 3.

Functions are found by their braces. The code is laid out by clang-format, and that makes it
possible: a block's brace has a space before it ("if (x) {"), an initializer's has none ("x{1}")
or stands after '=', ',', '(' or 'return'.
"""
import dataclasses
import re

from .tree import Finding

FILE_LINES = 400
FUNCTION_LINES = 40
NESTING = 3


def lines(tree):
    """No file of code is longer than 400 lines."""
    for path in tree.files:
        if path.endswith((".md", ".json")) or path == "LICENSE":
            continue
        count = sum(1 for _ in tree.lines(path))
        if count > FILE_LINES:
            yield Finding(path, 1, f"{count} lines (at most {FILE_LINES}): it holds two things")


@dataclasses.dataclass
class Block:
    kind: str   # scope, type, function, control, lambda, block, init
    line: int   # of the opening brace
    head: str
    depth: int = 0  # control blocks around it within its function


def functions(tree):
    """No function is longer than 40 lines or nested deeper than 3."""
    for path in tree.code:
        yield from check_functions(path, tree.bare(path))


def check_functions(path, bare):
    for block, last in blocks(without_directives(bare)):
        if block.kind == "function":
            count = last - block.line + 1
            if count > FUNCTION_LINES:
                yield Finding(path, block.line, f"{name_of(block.head)} has {count} lines"
                              f" (at most {FUNCTION_LINES}): cut it where a sentence ends")
        elif block.kind in ("control", "block") and block.depth == NESTING + 1:
            yield Finding(path, block.line, f"nesting of {block.depth} (at most {NESTING}):"
                          " return early, or name the inner part")


def without_directives(bare):
    return re.sub(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", lambda m: re.sub(r"[^\n]", " ", m[0]), bare,
                  flags=re.MULTILINE)


def blocks(text):
    """Yields (block, line of its closing brace) for each pair of braces."""
    stack = []
    head = []       # the text since the last statement or block ended
    line = 1
    parens = 0
    for char in text:
        if char == "\n":
            line += 1
        if char == "{":
            block = Block(kind_of("".join(head), parens, stack), line, "".join(head))
            block.depth = depth_of(block, stack)
            stack.append((block, head, parens))
            head, parens = [], 0
        elif char == "}" and stack:
            block, outer, parens = stack.pop()
            yield block, line
            # An initializer or a lambda is part of a longer statement, which goes on.
            head = outer + ["{}"] if block.kind in ("init", "lambda") else []
        elif char == ";" and parens == 0:
            head = []
        else:
            parens += (char == "(") - (char == ")")
            head.append(char)


def depth_of(block, stack):
    above = stack[-1][0].depth if stack else 0
    if block.kind in ("function", "scope", "type"):
        return 0
    return above + (block.kind in ("control", "block"))


CONTROL = re.compile(r"(?:if|for|while|switch|do|else|try|catch)\b")
LAMBDA = re.compile(r"\[[^\[\]]*\]\s*(?:\([^\[\]]*\))?\s*(?:mutable|noexcept|constexpr|\s)*"
                    r"(?:->[^;]*)?$")
TYPE = re.compile(r"\b(?:class|struct|union|enum)\b")
LABEL = re.compile(r"^\s*(?:(?:public|private|protected|default|case [^?]*?[^:])\s*:(?!:)\s*)+")


def kind_of(head, parens, stack):
    outer = stack[-1][0].kind if stack else "scope"
    inside = outer in ("function", "control", "lambda", "block")
    flat = " ".join(LABEL.sub("", head).split())
    if is_initializer(head, flat):
        return "init"
    if re.search(r"\brequires\b(?:\s*\([^()]*\))?$", flat):
        return "init"  # a requires-expression
    if not flat:
        return "init" if outer == "init" else "case" if head.strip() else "block"
    if re.match(r"(?:inline )?namespace\b|extern \"", flat):
        return "scope"
    if inside and parens == 0 and CONTROL.match(flat):
        return "control"
    if TYPE.search(without_angles(flat)) and not flat.endswith((")", "const", "noexcept")):
        return "type"
    if LAMBDA.search(flat) and (inside or "=" in flat or "(" in flat):
        return "lambda"
    return "init" if inside else "function"


def is_initializer(head, flat):
    if head and not head[-1].isspace():
        return True
    return flat.endswith(("=", ",", "(", "{", "return", "co_return", "co_yield", "&&", "||", "?"))


def without_angles(flat):
    flat = re.sub(r"operator\s*(?:<=>|<=|>=|<<|>>|->|<|>)|->", " ", flat)
    while (shorter := re.sub(r"<[^<>]*>", "", flat)) != flat:
        flat = shorter
    return flat


def name_of(head):
    """The words before the parameters: 'future<T>::cancel', 'TEST(future, is_done)'."""
    flat = " ".join(head.split())
    macro = re.match(r"(?:TEST|TEST_F|TEST_P|TYPED_TEST|BENCHMARK\w*)\s*\([^)]*\)", flat)
    if macro:
        return macro[0]
    found = re.search(r"([\w:~<>]*operator\s*\S+|[\w:~<>]+)\s*\(", re.sub(r"^template <.*?> ", "", flat))
    return found[1] if found else flat[-60:]
