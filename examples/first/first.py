import concurrent.futures
import sys


def count_lines(path):
    with open(path, "rb") as file:
        return file.read().count(b"\n")


with concurrent.futures.ThreadPoolExecutor() as pool:
    path_of = {pool.submit(count_lines, path): path for path in sys.argv[1:]}
    for future in concurrent.futures.as_completed(path_of):
        try:
            print(f"{path_of[future]}: {future.result()} lines")
        except OSError:
            print(f"{path_of[future]}: cannot be read")
