"""Puts the blocks of a snippet together to a C++ source. Errors name the line of the page."""
import re

HOISTED = re.compile(r"^(#include\b|#define\b)")
SHORT = re.compile(r"^(using\b|namespace \w+ =)")
LONG = re.compile(r"^(template\b|struct\b|class\b|enum\b|union\b|namespace\b|concept\b)")
FUNCTION = re.compile(r"^(?!if\b|for\b|while\b|switch\b|do\b|else\b|return\b|try\b|catch\b|co_\w+\b)"
                      r"[\w:<>&*,\[\] ]+[\s&*>][\w:]+\([^=\[;]*\)[^=;]*\{")


def parts(block, page):
    """Yields (place, text with its line) for each piece of a block: 'top', 'before' or 'body'."""
    lines = block.text.splitlines()
    at = 0
    while at < len(lines):
        begin, place = at, "body"
        if HOISTED.match(lines[at]):
            place = "top"
        elif SHORT.match(lines[at]):
            place = "before"
            at = end_of_statement(lines, at)
        elif LONG.match(lines[at]) or FUNCTION.match(joined(lines, at)):
            place = "before"
            at = end_of_definition(lines, at)
        yield place, f'#line {block.line + begin} "{page}"\n' + "\n".join(lines[begin:at + 1]) + "\n"
        at += 1


def joined(lines, at):
    """The head of what may be a function: parameters may go over several lines."""
    end = at
    while end < min(at + 6, len(lines) - 1) and not re.search(r"[{;]", lines[end]):
        end += 1
    return " ".join(lines[at:end + 1])


def end_of_statement(lines, at):
    while at < len(lines) - 1 and ";" not in lines[at]:
        at += 1
    return at


def end_of_definition(lines, at):
    """A definition ends where its braces close, or at a semicolon where it has none."""
    depth, opened = 0, False
    while at < len(lines):
        depth += lines[at].count("{") - lines[at].count("}")
        opened = opened or "{" in lines[at]
        if depth <= 0 and (opened or ";" in lines[at]):
            break
        at += 1
    return min(at, len(lines) - 1)


def as_function(number, snippet, tops):
    before, body = [], []
    for block in snippet.blocks:
        body += [block.marks["given"] + "\n"] if "given" in block.marks else []
        for place, text in parts(block, snippet.page):
            {"top": tops, "before": before, "body": body}[place].append(text)
    return (f"namespace snippet_{number} {{\n" + "".join(before) + "static void run() {\n"
            + "".join(body) + "}\n}\n")


def as_program(snippet):
    text = ""
    for block in snippet.blocks:
        text += block.marks.get("given", "") + f'\n#line {block.line} "{snippet.page}"\n' + block.text
    return text


def compose(numbered, alone):
    """A source from (number, snippet) pairs: one program, or functions that a number chooses."""
    first = numbered[0][1]
    if alone and (first.kind == "program" or any("int main(" in b.text for b in first.blocks)):
        return as_program(first)
    tops = []
    functions = [as_function(number, snippet, tops) for number, snippet in numbered]
    cases = "".join(f"    if (number == {n}) snippet_{n}::run();\n" for n, _ in numbered)
    return ("".join(tops) + "".join(functions)
            + "int main(int, char** arguments) {\n    const int number = std::atoi(arguments[1]);\n"
            + cases + "}\n")
