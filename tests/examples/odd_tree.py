"""A tree of files with everything in it that a search has to stand."""
import os
import socket

NEEDLES = ["needle", "pin", "pine", "inp"]
BLOCK = 256 << 10  # what the program reads at once


def make(root):
    """Fills `root`."""
    texts(root)
    long_ones(root)
    names(root)
    binaries(root)
    links(root)
    (root / "empty directory").mkdir()


def texts(root):
    for name, text in {
        "plain": b"one\nneedle\ntwo needle needle\nthree\n",
        "overlapping": b"pinpine\nninpin pine\npinepinpineneedle\n",
        "no final newline": b"pin\nneedle",
        "only the needle": b"needle",
        "crlf": b"needle\r\nnone\r\npin\r\n",
        "empty": b"",
        "empty lines": b"\n\n\nneedle\n\n\n",
        "one newline": b"\n",
        ".hidden": b"a pin\n",
        "latin1": b"\xe9 needle \xff\n\xfe\n",
        "begin and end": b"needle at the begin\n\n at the end pin",
    }.items():
        (root / name).write_bytes(text)
    (root / "many lines").write_bytes(b"".join(b"%d pin\n" % i if i % 7 == 0 else b"%d\n" % i for i in range(30_000)))


def long_ones(root):
    """Lines and matches that lie across the borders of blocks."""
    (root / "long line").write_bytes(b"x" * (5 * BLOCK) + b"needle" + b"y" * BLOCK + b"\nneedle\nz")
    (root / "long last line").write_bytes(b"pin\n" + b"x" * (BLOCK - 5) + b"needle")
    (root / "two long lines").write_bytes(b"x" * BLOCK + b"\n" + b"y" * BLOCK + b"pin\n")
    for shift in (-7, -6, -4, -1, 0, 1):
        before = b"x" * 99 + b"\n"
        filler = before * ((BLOCK + shift) // len(before))
        filler += b"y" * (BLOCK + shift - len(filler))
        (root / f"border {shift}").write_bytes(filler + b"needle and\npin\n" + filler + b"needle\n")


def names(root):
    deep = root / "/".join(["deep"] * 100)
    deep.mkdir(parents=True)
    (deep / "file").write_bytes(b"needle\n")
    (root / "a").mkdir()
    for name in (b"a/b", b"a-b", b"a.b", b"a b", b"aa"):
        write_bytes_path(root, name)
    for name in (b"new\nline", b"not utf-8 \xff\xfe", b"-e", b"--help", b"[a,b]", b"{}", b"colon:12:", b"tab\t",
                 b"\x01"):
        write_bytes_path(root, name)


def write_bytes_path(root, name):
    with open(os.path.join(os.fsencode(root), name), "wb") as file:
        file.write(b"needle in " + name.replace(b"\n", b" ") + b"\n")


def binaries(root):
    for name, text in {
        "binary with a match": b"\x7fELF\0\0needle\0pin\n",
        "binary without": b"\x7fELF\0\0no\0such\n",
        "one nul": b"\0",
        "nul at the end": b"needle\npin\n\0",
        "nul in a needle": b"nee\0dle\n",
        "many nuls": b"\0" * (3 * BLOCK) + b"needle",
    }.items():
        (root / name).write_bytes(text)


def links(root):
    (root / "loops").mkdir()
    (root / "loops" / "up").symlink_to("..")
    (root / "loops" / "self").symlink_to("self")
    (root / "loops" / "here").symlink_to(".")
    (root / "link to a file").symlink_to("plain")
    (root / "dangling").symlink_to("nothing")
    os.mkfifo(root / "fifo")
    with socket.socket(socket.AF_UNIX) as s:
        here = os.open(".", os.O_RDONLY)
        try:
            os.chdir(root)  # the whole path may be too long for a socket
            s.bind("socket")
        finally:
            os.fchdir(here)
            os.close(here)
