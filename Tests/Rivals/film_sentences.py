"""Sentences about films with drawn lungs, in another grammar than `grounded phantom films` has.

    python film_sentences.py make lungs/validation.csv FOLDER     # writes FOLDER/lungs.jsonl and zones.jsonl
    grounded evaluate --data FOLDER/lungs.jsonl --write-fused FUSED
    python film_sentences.py side lungs/validation.csv FUSED      # answers that are nearer to the other lung
"""

import csv
import json
import os
import random
import sys

FINDINGS = ["opacity", "consolidation", "infiltrate", "airspace disease", "atelectasis", "haziness", "infection"]
NOTHING = [
    "no pneumothorax", "no pleural effusion", "pa view of the chest", "heart size is normal", "no acute findings",
    "the lungs are clear", "lungs are clear bilaterally", "no right sided effusion", "no left pneumothorax",
    "portable chest radiograph obtained", "unremarkable bony structures",
    "no focal consolidation in the left lung", "right lung is clear", "comparison to prior study"]


def zones(box):
    left, top, right, bottom = box
    third = (bottom - top) / 3
    return {"upper": [left, top, right, top + third], "mid": [left, top + third, right, top + 2 * third],
            "lower": [left, top + 2 * third, right, bottom]}


def sentence(right, left, kind):
    f = random.choice(FINDINGS)
    if kind == "r":
        return random.choice([f"diffuse {f} of the right lung", f"right lung {f}",
                              f"{f} throughout the right hemithorax", f"extensive right sided {f}"]), [right]
    if kind == "l":
        return random.choice([f"diffuse {f} of the left lung", f"left lung {f}",
                              f"{f} throughout the left hemithorax", f"extensive left sided {f}"]), [left]
    if kind == "b":
        return random.choice([f"bilateral {f}", f"{f} in both lungs", f"diffuse {f} of both lungs",
                              f"{f} throughout both hemithoraces"]), [right, left]
    if kind == "n":
        return random.choice(NOTHING), []
    z = random.choice(["upper", "mid", "lower"])
    if kind == "z":
        side, box = random.choice([("right", right), ("left", left)])
        return random.choice([f"{side} {z} lung zone {f}", f"{f} in the {side} {z} zone",
                              f"{side} {z} lobe {f}"]), [zones(box)[z]]
    return random.choice([f"bilateral {z} zone {f}", f"{f} in both {z} lung zones"]), [
        zones(right)[z], zones(left)[z]]


def make(table, folder):
    random.seed(5)
    home, out = os.path.dirname(os.path.abspath(table)), {"lungs": [], "zones": []}
    for i, row in enumerate(csv.DictReader(open(table))):
        width, height = int(row["width"]), int(row["height"])
        right, left = json.loads(row["right_lung"]), json.loads(row["left_lung"])
        for name, kinds in (("lungs", "rlbn" * 2), ("zones", ["z", "z", "z", "zb", "zb"])):
            for j, kind in enumerate(kinds):
                text, boxes = sentence(right, left, kind)
                if random.random() < 0.5:
                    text = text[0].upper() + text[1:] + "."
                boxes = [[max(0, b[0]) * width, max(0, b[1]) * height, min(1, b[2]) * width, min(1, b[3]) * height]
                         for b in boxes]
                out[name].append({
                    "id": f"{name}-{i}-{j}-{kind}", "dataset": name, "split": "test",
                    "image": os.path.join(home, row["file"]), "height": height, "width": width,
                    "patient_id": str(i), "study_id": str(i), "sentence": text, "boxes": boxes,
                    "category": kind, "source": {}})
    os.makedirs(folder, exist_ok=True)
    for name, lines in out.items():
        with open(os.path.join(folder, name + ".jsonl"), "w") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)


def iou(a, b):
    inner = max(0, min(a[2], b[2]) - max(a[0], b[0])) * max(0, min(a[3], b[3]) - max(a[1], b[1]))
    return inner / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inner)


def side(table, fused):
    rows = list(csv.DictReader(open(table)))
    answers = wrong = 0
    for line in open(fused):
        answer = json.loads(line)
        _, i, _, kind = answer["id"].split("-")
        if kind not in "rl" or not answer["boxes"]:
            continue
        own, other = json.loads(rows[int(i)]["right_lung"]), json.loads(rows[int(i)]["left_lung"])
        if kind == "l":
            own, other = other, own
        answers += 1
        wrong += iou(answer["boxes"][0], other) > iou(answer["boxes"][0], own)
    print(f"{wrong} of {answers} on the wrong side")


if __name__ == "__main__":
    {"make": make, "side": side}[sys.argv[1]](*sys.argv[2:])
