"""nDCG@10 of PyPI's bm25s on the collection that `cranfield --export` wrote.

python3 -m venv target/cranfield-venv
target/cranfield-venv/bin/pip install bm25s==0.3.16 PyStemmer==3.1.0
cargo run --release -p locutor-benches --bin cranfield -- --data DIR --export target/cranfield.json
target/cranfield-venv/bin/python benches/peers/bm25s_cranfield.py target/cranfield.json
"""

import json
import math
import sys

import bm25s
import Stemmer

DEPTH = 10


def ndcg(found, gains):
    def discounted(values):
        return sum(gain / math.log2(rank + 2) for rank, gain in enumerate(values[:DEPTH]))

    ideal = discounted(sorted(gains.values(), reverse=True))
    return discounted([gains.get(document, 0.0) for document in found]) / ideal if ideal else 0.0


def score(collection, stemmer, method):
    tokens = bm25s.tokenize(
        collection["documents"], stopwords="en", stemmer=stemmer, show_progress=False
    )
    index = bm25s.BM25(method=method)
    index.index(tokens, show_progress=False)
    total = 0.0
    for question, gains in zip(collection["questions"], collection["gains"]):
        query = bm25s.tokenize(question, stopwords="en", stemmer=stemmer, show_progress=False)
        found, _ = index.retrieve(query, k=DEPTH, show_progress=False)
        total += ndcg([str(number + 1) for number in found[0].tolist()], gains)
    return total / len(collection["questions"])


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        collection = json.load(file)
    print(f"bm25s {bm25s.__version__}")
    for name, stemmer in (("default", None), ("English stemmer", Stemmer.Stemmer("english"))):
        for method in ("lucene", "robertson"):
            print(f"| {name}, {method} | {score(collection, stemmer, method):.4f} |")


if __name__ == "__main__":
    main()
