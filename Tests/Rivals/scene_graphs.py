#!/usr/bin/env python3
"""Invented scene graphs in the form and size of Chest ImaGenome's, to measure `grounded curate`.

    scene_graphs.py FOLDER --graphs 10000 --seed 1 [--files]

Writes FOLDER/graphs.jsonl (with --files: FOLDER/graphs/<dicom_id>_SceneGraph.json), sizes.csv and
split.csv. The same seed gives the same bytes. Nothing in them is from a patient.
"""
import argparse
import json
import os
import random

SIDED = ["lung", "upper lung zone", "mid lung zone", "lower lung zone", "hilar structures",
         "apical zone", "costophrenic angle", "hemidiaphragm"]
REGIONS = ([f"{side} {name}" for side in ("right", "left") for name in SIDED]
           + ["right clavicle", "left clavicle", "trachea", "spine", "aortic arch", "mediastinum",
              "upper mediastinum", "svc", "cardiac silhouette", "cavoatrial junction",
              "right atrium", "carina", "abdomen"])
OTHERS = ["descending aorta", "left cardiac silhouette", "right cardiac silhouette",
          "left cardiophrenic angle", "right cardiophrenic angle", "left upper abdomen",
          "right upper abdomen"]
FINDINGS = ["lung opacity", "atelectasis", "pleural effusion", "consolidation", "pneumothorax",
            "pulmonary edema", "enlarged cardiac silhouette", "lung nodule"]
WORDS = ("stable small moderate large patchy focal basal linear opacity effusion consolidation "
         "atelectasis is are seen noted without with and in the of at left right lower upper zone "
         "unchanged compared prior study new improved mildly").split()


def dicom_id(random_):
    return "-".join(f"{random_.getrandbits(32):08x}" for _ in range(5))


def sentence(random_, is_negative):
    words = [random_.choice(WORDS) for _ in range(random_.randint(4, 16))]
    text = " ".join((["No"] if is_negative else ["Invented"]) + words) + "."
    return text if random_.random() < 0.9 else "\n " + text.replace(" ", "\n ", 2)


def report(random_):
    """Sentences with their regions and findings."""
    found = []
    for number in range(random_.randint(5, 11)):
        is_negative = random_.random() < 0.55
        verdict = "no" if is_negative else "yes"
        labels = [f"anatomicalfinding|{verdict}|{name}"
                  for name in random_.sample(FINDINGS, random_.randint(1, 3))]
        labels.append("nlp|" + ("no" if is_negative else "yes") + "|abnormal")
        regions = random_.sample(REGIONS + OTHERS, random_.randint(1, 9))
        found.append((number, sentence(random_, is_negative), labels, regions))
    return found


def scene_graph(random_, number):
    image, patient, study = dicom_id(random_), 10_000_000 + number // 3, 50_000_000 + number // 2
    width, height = random_.choice([(2544, 3056), (3056, 2544), (2022, 2022)])
    scale = max(width, height) / 224
    objects = []
    for name in REGIONS[:29 - random_.randint(0, 2)] + OTHERS[:random_.randint(2, 7)]:
        x1, y1 = random_.randint(0, 150), random_.randint(0, 150)
        x2, y2 = x1 + random_.randint(10, 73), y1 + random_.randint(10, 73)
        box = [int(value * scale) for value in (x1, y1, x2, y2)]
        objects.append({
            "object_id": f"{image}_{name}", "x1": x1, "y1": y1, "x2": x2, "y2": y2,
            "width": x2 - x1, "height": y2 - y1, "bbox_name": name, "synsets": ["C0000000"],
            "name": name.capitalize(), "original_x1": box[0], "original_y1": box[1],
            "original_x2": box[2], "original_y2": box[3], "original_width": box[2] - box[0],
            "original_height": box[3] - box[1]})
    found = report(random_)
    attributes = []
    for name in sorted({region for _, _, _, regions in found for region in regions}):
        mine = [item for item in found if name in item[3]]
        attributes.append({
            name: True, "bbox_name": name, "synsets": ["C0000000"], "name": name.capitalize(),
            "attributes": [labels for _, _, labels, _ in mine],
            "attributes_ids": [["C0000001"] * len(labels) for _, _, labels, _ in mine],
            "phrases": [text for _, text, _, _ in mine],
            "phrase_IDs": [f"{study}|{place}" for place, _, _, _ in mine],
            "sections": ["finalreport"] * len(mine), "comparison_cues": [[] for _ in mine],
            "temporal_cues": [[] for _ in mine], "severity_cues": [[] for _ in mine],
            "texture_cues": [[] for _ in mine], "object_id": f"{image}_{name}"})
    relationships = [{
        "relationship_id": f"{study}|{place}", "predicate": "['No Change']",
        "synsets": ["C0442739"], "relationship_names": ["comparison|yes|no change"],
        "relationship_contexts": [1.0], "phrase": attribute["phrases"][0],
        "subject_id": attribute["object_id"], "object_id": attribute["object_id"][::-1],
        "bbox_name": attribute["bbox_name"],
    } for place, attribute in enumerate(attributes)]
    graph = {
        "image_id": image, "viewpoint": random_.choices(["PA", "AP", "LATERAL"], [5, 4, 1])[0],
        "patient_id": patient, "study_id": study, "gender": "F", "age_decile": "60-70",
        "reason_for_exam": "invented", "StudyOrder": 1,
        "StudyDateTime": "2150-01-01 00:00:00 UTC", "objects": objects,
        "attributes": attributes, "relationships": relationships}
    return graph, width, height


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--graphs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", action="store_true")
    options = parser.parse_args()
    os.makedirs(os.path.join(options.folder, "graphs") if options.files else options.folder,
                exist_ok=True)
    random_ = random.Random(options.seed)
    place = lambda name: os.path.join(options.folder, name)
    lines = None if options.files else open(place("graphs.jsonl"), "w", encoding="utf-8")
    with open(place("sizes.csv"), "w") as sizes, open(place("split.csv"), "w") as splits:
        sizes.write("dicom_id,Rows,Columns\n")
        splits.write("dicom_id,study_id,subject_id,split\n")
        for number in range(options.graphs):
            graph, width, height = scene_graph(random_, number)
            text, image = json.dumps(graph), graph["image_id"]
            sizes.write(f"{image},{height},{width}\n")
            part = ["train"] * 8 + ["validate", "test"]
            patient = graph["patient_id"]
            splits.write(f"{image},{graph['study_id']},{patient},{part[patient % 10]}\n")
            if lines:
                lines.write(text + "\n")
            else:
                with open(place(f"graphs/{image}_SceneGraph.json"), "w") as file:
                    file.write(text)


if __name__ == "__main__":
    main()
