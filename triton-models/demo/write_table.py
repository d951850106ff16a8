"""Writes the table of measurements into the model cards, and compares two sets of weights.

`python write_table.py --results FILE… --encoder NAME --cards CARD.md… --json measurements.json [--against NAME]`

The rule for shipping other weights, stated before any were measured: they must be better in more measures than they are worse,
where better and worse mean by more than one standard error of the paired difference (bootstrap over the same draws).
"""

import argparse
import json
from pathlib import Path

import numpy as np

BEGIN, END = "<!-- measurements: begin -->", "<!-- measurements: end -->"
LABELLED = "domain and labels of training, other images"
IMAGES = "domain of training, without labels; other series"
FOREIGN = "set and domain that training never had"
SEEN = "images of training itself, with their labels"
# Measure -> what it is, what training had of it.
MEASURES = {
    "chest.all": ("PneumoniaMNIST, validation split, AUC with all training labels", LABELLED),
    "chest.ten": ("the same with 10 labels a class (mean of 20 draws)", LABELLED),
    "ultrasound.accuracy": ("BUSI, never-seen third, balanced accuracy of 3 classes, grouped 5-fold", LABELLED),
    "ultrasound.auc": ("the same, AUC malignant against the rest", LABELLED),
    "nuclei.dice": ("nuclei, linear probe on patch tokens at 448 px, Dice", LABELLED),
    "nuclei.iou": ("the same, IoU", LABELLED),
    "ct.plain": (
        "CT (perhaps a patient whose NIfTI volume was trained on), known homography, within one patch: all structured patches",
        IMAGES,
    ),
    "ct.mutual": ("the same, mutual matches", IMAGES),
    "mr.plain": ("MR (the other half of a series that was trained on), the same: all", IMAGES),
    "mr.mutual": ("the same, mutual matches", IMAGES),
    "skin.auc": ("PH2 dermoscopy, AUC melanoma against the rest", FOREIGN),
    "skin.accuracy": ("the same, balanced accuracy of 3 classes", FOREIGN),
    "hippocampus.anterior": ("MSD hippocampus, linear probe a slice, Dice anterior", FOREIGN),
    "hippocampus.posterior": ("the same, posterior", FOREIGN),
    "dinosaur.1": ("Middlebury dino, view turned by 20°: mutual matches within 8 px of the epipolar line", FOREIGN),
    "dinosaur.2": ("the same, two views on", FOREIGN),
    "dinosaur.4": ("the same, four views on", FOREIGN),
    "scenes.plain": ("7-Scenes with true depth, 20 frames on, match within 16 px: all", FOREIGN),
    "scenes.mutual": ("the same, mutual matches", FOREIGN),
    "ultrasound_seen.accuracy": ("BUSI, balanced accuracy of 3 classes, grouped 5-fold", SEEN),
    "ultrasound_seen.auc": ("the same, AUC malignant against the rest", SEEN),
    "nuclei_seen.dice": ("nuclei, linear probe on patch tokens at 448 px, Dice", SEEN),
    "nuclei_seen.iou": ("the same, IoU", SEEN),
}


def cell(entry: dict, best: bool) -> str:
    value = f"{entry['value']:.3f}"
    low, high = entry["interval95"]
    return f"{f'**{value}**' if best else value} [{low:.3f}, {high:.3f}]"


def table(results: dict, names: list[str]) -> str:
    """A table a kind, by what training had; the best of a row is bold, brackets hold 95 % bootstrap intervals."""
    blocks = []
    for kind in (FOREIGN, IMAGES, LABELLED, SEEN):
        rows = [
            row(results, names, key, title)
            for key, (title, of) in MEASURES.items()
            if of == kind and known(results, names, key)
        ]
        if rows:
            head = [f"| {kind} | n | {' | '.join(names)} |", f"|---|---|{'---|' * len(names)}"]
            blocks.append("\n".join(head + rows))
    return "\n\n".join(blocks)


def known(results: dict, names: list[str], key: str) -> bool:
    return all(key in results[name]["measures"] for name in names)


def row(results: dict, names: list[str], key: str, title: str) -> str:
    entries = [results[name]["measures"][key] for name in names]
    best = max(entry["value"] for entry in entries)
    cells = " | ".join(cell(entry, entry["value"] == best) for entry in entries)
    return f"| {title} | {entries[0]['count']} {entries[0]['units']} | {cells} |"


def fill(card: Path, text: str) -> None:
    """Puts the text between the markers; raises ValueError when the card has none."""
    before, begin, rest = card.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{card.name} lacks the markers {BEGIN} and {END}")
    card.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


def better(one: dict, other: dict) -> dict[str, tuple[float, float, str]]:
    """Per measure the difference, its paired standard error, and `better`, `even` or `worse`; not of images of training."""
    seen = {key for key, (_, kind) in MEASURES.items() if kind == SEEN}
    verdicts = {}
    for key in (one["measures"].keys() & other["measures"].keys()) - seen:
        left, right = one["measures"][key], other["measures"][key]
        error = float(np.std(np.array(left["replicates"]) - np.array(right["replicates"])))
        difference = left["value"] - right["value"]
        verdict = "even" if abs(difference) <= error else "better" if difference > 0 else "worse"
        verdicts[key] = (difference, error, verdict)
    return verdicts


def merge(results: dict, more: dict) -> None:
    """Adds measures by name; later files win. Raises ValueError for one name with two sets of weights."""
    for name, entry in more.items():
        known_entry = results.setdefault(name, entry)
        if known_entry["weightsDigest"] != entry["weightsDigest"]:
            raise ValueError(f"{name} stands for two sets of weights")
        known_entry["measures"] |= entry["measures"]


def summary(results: dict) -> dict:
    """What is committed: the replicates stay out."""
    return {
        name: entry | {"measures": {k: {f: v for f, v in m.items() if f != "replicates"} for k, m in entry["measures"].items()}}
        for name, entry in results.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, nargs="+", required=True, help="files of evaluate.py")
    parser.add_argument("--encoder", required=True, help="name of the encoder that the cards are about")
    parser.add_argument("--cards", type=Path, nargs="*", default=[])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--against", help="name of other weights: prints who is better in what")
    args = parser.parse_args()
    results: dict = {}
    for path in args.results:
        merge(results, json.loads(path.read_text()))
    names = [args.encoder, *(name for name in ("gradient histograms", "raw pixels", "untrained network") if name in results)]
    for card in args.cards:
        fill(
            card, table({("this encoder" if n == args.encoder else n): results[n] for n in names}, ["this encoder", *names[1:]])
        )
    if args.json is not None:
        args.json.write_text(json.dumps(summary(results), indent=1, sort_keys=True) + "\n")
    if args.against is not None:
        verdicts = better(results[args.against], results[args.encoder])
        for key in MEASURES:
            if key in verdicts:
                difference, error, verdict = verdicts[key]
                print(f"{key:24} {difference:+.3f} ± {error:.3f} {verdict}")
        told = [verdict for _, _, verdict in verdicts.values()]
        print(f"{args.against}: better in {told.count('better')}, worse in {told.count('worse')} of {len(told)}")


if __name__ == "__main__":
    main()
