"""What is measured of ways to turn values into bytes and back."""
from .suite import OURS, Bar, Case, Peer, Suite, median

SHAPES = {
    "numbers": "1 M numbers in a vector (8 MB)",
    "texts": "100,000 strings in a vector",
    "records": "10,000 records with vectors in them (4 MB)",
}
CASES = tuple(Case(f"pickle_{way}_{shape}", f"{way} {title}", "value")
              for shape, title in SHAPES.items() for way in ("write", "read"))

MEMCPY = "limit: memcpy"
PEERS = (
    Peer(OURS, "pickle"),
    Peer(MEMCPY, "memcpy", only=("pickle_write_numbers", "pickle_read_numbers"), floor=True),
    Peer("cereal", "cereal"),
    Peer("cereal, own buffer", "cereal", ("--peer", "memory")),
    Peer("msgpack-cxx", "msgpack"),
)


def bars(results):
    def over(case, peer):
        mine, theirs = median(results, case, OURS), median(results, case, peer)
        return mine / theirs if mine and theirs else None

    def worst(peer):
        found = [over(case.name, peer) for case in CASES]
        return None if None in found else max(found)

    for way in ("write", "read"):
        yield Bar(f"to {way} numbers takes at most 1.3 memcpys", over(f"pickle_{way}_numbers", MEMCPY), 1.3)
    for peer in ("cereal", "msgpack-cxx"):
        yield Bar(f"nothing takes longer than with {peer}", worst(peer), 1)


SUITE = Suite("pickle", "Values to bytes and back", CASES, PEERS, bars)
