import { beforeAll, describe, expect, test } from "vitest";
import { confusionFigure } from "../../../lib/report/figures/confusion.ts";
import { type EsdFigure, esdFigure } from "../../../lib/report/figures/esd.ts";
import { fourierFigure } from "../../../lib/report/figures/fourier.ts";
import { interventionFigure } from "../../../lib/report/figures/interventions.ts";
import { type PrototypeFigure, prototypeFigure } from "../../../lib/report/figures/prototypes.ts";
import { type TrainingFigure, trainingFigure } from "../../../lib/report/figures/training.ts";
import { type WeightFigure, weightFigure } from "../../../lib/report/figures/weights.ts";
import { marchenkoPasturQuantile } from "../../../lib/spectrum/marchenko-pastur.ts";
import { elementsOf, textsOf } from "./xml.ts";

const title = "Loss < 1 & falling";

const training: TrainingFigure = {
  title,
  phases: [
    { phase: "pre-grokking", from: 0, to: 100 },
    { phase: "grokking", from: 100, to: 10_000 },
    { phase: "anti-grokking", from: 10_000, to: 100_000 },
  ],
  panels: [
    {
      label: "accuracy",
      range: [0, 1],
      curves: ["train", "test"].map((label, curve) => ({
        label,
        lines: [0, 1, 2].map((seed) =>
          [0, 1, 10, 1e3, 1e5].map((step, index) => ({ step, value: (index + seed / 10) / (5 + curve) })),
        ),
      })),
    },
    {
      label: "loss",
      scale: "log",
      curves: [
        {
          label: "train",
          lines: [
            [
              { step: 1, value: 0.1 },
              { step: 1e5, value: 0 },
            ],
          ],
        },
      ],
    },
    { label: "never measured", curves: [{ label: "x", lines: [[{ step: 1, value: null }]] }] },
  ],
};

/** A hundred entries about 0, and later one far away. */
const small = Float64Array.from({ length: 100 }, (_, i) => (i - 50) / 100);
const weights: WeightFigure = {
  title,
  matrices: [
    {
      label: "FC1",
      curves: [
        { label: "early", values: small },
        { label: "late", values: Float64Array.of(...small, -14) },
      ],
    },
    { label: "zeros", curves: [{ label: "early", values: new Float64Array(4) }] },
  ],
};

const bulk = { N: 200, M: 100, sigma: 1 };
const quantiles = Array.from({ length: 100 }, (_, index) =>
  marchenkoPasturQuantile((index + 0.5) / 100, bulk),
);
const esd: EsdFigure = {
  title,
  eigenvalues: [...quantiles, 0],
  shuffled: [...quantiles, 2000, 3000],
  bulk,
  trapThreshold: 700,
  tail: { alpha: 2.5, xmin: 300 },
};

const prototypes: PrototypeFigure = {
  title,
  width: 2,
  height: 2,
  prototypes: [
    { label: "v1", pixels: [1, -1, 0, 0.5], nearest: [{ pixels: [0, 1, 0.5, 0], label: 7, cosine: -0.25 }] },
  ],
};

const figures: Record<string, () => Promise<string>> = {
  trainingFigure: () => trainingFigure(training),
  esdFigure: () => esdFigure(esd),
  prototypeFigure: () => prototypeFigure(prototypes),
  interventionFigure: () =>
    interventionFigure({
      title,
      intervalLabel: "sd over 5 seeds",
      effects: [
        { group: "FC1", label: "subtract", effect: -0.39, interval: [-0.41, -0.37], control: false },
        { group: "FC1", label: "bulk mode", effect: 0.01, interval: null, control: true },
        { group: "FC2", label: "subtract", effect: 0.03, interval: null, control: false },
      ],
    }),
  confusionFigure: () =>
    confusionFigure({
      title,
      matrices: [
        {
          label: "peak",
          counts: [
            [8, 2],
            [1, 9],
          ],
        },
      ],
    }),
  fourierFigure: () =>
    fourierFigure({ title, spectra: [{ label: "embed", energy: [0.01, 0.5, 0.01, 0.02, 0.01] }] }),
  weightFigure: () => weightFigure(weights),
};

describe.each(Object.entries(figures))("%s", (_, draw) => {
  let svg: string;
  beforeAll(async () => {
    svg = await draw();
  });

  test("is well-formed, of a fixed size, and on a ground of its own", () => {
    const [root, ...rest] = elementsOf(svg);
    expect(root!.name).toBe("svg");
    expect(root!.attributes["xmlns"]).toBe("http://www.w3.org/2000/svg");
    expect(Number(root!.attributes["width"])).toBeGreaterThan(100);
    expect(Number(root!.attributes["height"])).toBeGreaterThan(50);
    expect(rest.find(({ name }) => name === "rect")!.attributes).toMatchObject({ fill: "#ffffff" });
  });

  test("has a title and a description", () => {
    expect(
      elementsOf(svg)
        .slice(1, 3)
        .map(({ name }) => name),
    ).toEqual(["title", "desc"]);
    expect(svg).toContain("<title>Loss &lt; 1 &amp; falling</title>");
  });

  test("needs nothing from outside, and no identifiers", () => {
    for (const { name, attributes } of elementsOf(svg)) {
      expect(name).not.toMatch(/^(script|style|foreignObject|use)$/);
      expect(attributes).not.toHaveProperty("id");
      const link = attributes["href"] ?? attributes["xlink:href"] ?? "data:";
      expect(link).toMatch(/^data:/);
    }
    expect(svg).not.toMatch(/NaN|undefined|url\(/);
  });

  test("is the same bytes for the same data", async () => {
    expect(await draw()).toBe(svg);
  });
});

describe("trainingFigure", () => {
  test("names panels, curves, phases and powers of ten, and leaves out what was not measured", async () => {
    const texts = textsOf(await trainingFigure(training));
    for (const text of ["accuracy", "train", "test", "loss", "pre-grokking", "grokking", "step", "10³"])
      expect(texts).toContain(text);
    expect(texts).not.toContain("never measured");
  });

  test("draws a line per seed and a median per curve", async () => {
    const paths = elementsOf(await trainingFigure(training)).filter(
      ({ name, attributes }) => name === "g" && attributes["aria-label"] === "line",
    );
    expect(paths.filter(({ attributes }) => attributes["stroke-opacity"] === "0.45")).toHaveLength(6);
    expect(paths.filter(({ attributes }) => attributes["stroke-width"] === "1.6")).toHaveLength(3);
  });

  test("wants a point to show", async () => {
    await expect(trainingFigure({ title, panels: [] })).rejects.toThrow(RangeError);
  });
});

describe("esdFigure", () => {
  test("marks threshold, traps, xmin and alpha, and says what the axis has no place for", async () => {
    const texts = textsOf(await esdFigure(esd));
    expect(texts).toEqual(expect.arrayContaining(["trap threshold", "2 traps", "xmin, alpha = 2.5 →"]));
    expect(texts.join(" ")).toContain("Not shown: 1 of 101 eigenvalues");
  });

  test("has no marks for what was not given", async () => {
    const texts = textsOf(await esdFigure({ title, eigenvalues: quantiles }));
    expect(texts.join(" ")).not.toMatch(/trap|xmin|Marchenko/);
  });

  test("wants an eigenvalue above zero", async () => {
    await expect(esdFigure({ title, eigenvalues: [0, 0] })).rejects.toThrow(RangeError);
  });
});

describe("prototypeFigure", () => {
  test("shows class and cosine, and every image", async () => {
    const svg = await prototypeFigure(prototypes);
    expect(textsOf(svg)).toContain("7 · −0.25");
    expect(elementsOf(svg).filter(({ name }) => name === "image")).toHaveLength(2);
  });

  test("wants images of one size", async () => {
    await expect(prototypeFigure({ ...prototypes, width: 3 })).rejects.toThrow("6 pixels, not 4");
  });
});

test("interventionFigure writes signed effects with their intervals, and tells controls apart without colour", async () => {
  const svg = await figures["interventionFigure"]!();
  expect(textsOf(svg)).toEqual(expect.arrayContaining(["−0.390 [−0.410, −0.370]", "+0.010", "bulk mode"]));
  const fills = elementsOf(svg)
    .filter(({ name }) => name === "circle")
    .map(({ attributes }) => attributes["fill"]);
  expect(fills).toEqual(["#0072b2", "#ffffff", "#0072b2"]);
});

test("confusionFigure writes counts, sums of columns and the accuracy, and wants square matrices", async () => {
  const texts = textsOf(await figures["confusionFigure"]!());
  expect(texts).toEqual(expect.arrayContaining(["peak: accuracy 0.850", "8", "2", "1", "9", "11"]));
  const ragged = { title, matrices: [{ label: "x", counts: [[1, 2]] }] };
  await expect(confusionFigure(ragged)).rejects.toThrow('"x" is not square');
});

test("fourierFigure names the frequencies that stand out", async () => {
  const named = { title, spectra: [{ label: "embed", energy: [0, 0, 0, 0, 0, 0, 0, 0.5, 0, 0, 0, 0] }] };
  const bars = elementsOf(await fourierFigure(named)).filter(
    ({ attributes }) => attributes["fill"] === "#0072b2",
  );
  expect(bars).toHaveLength(1);
  expect(textsOf(await fourierFigure(named)).filter((text) => text === "8")).not.toHaveLength(0);
});

test("weightFigure draws a curve per step, broken where there are no entries, and wants finite ones", async () => {
  const svg = await weightFigure(weights);
  expect(textsOf(svg)).toEqual(expect.arrayContaining(["FC1", "zeros", "early", "late", "−14"]));
  // Paths that are moved are ticks.
  const curves = elementsOf(svg).flatMap(({ name, attributes }) =>
    name === "path" && attributes["transform"] === undefined ? [attributes["d"]!] : [],
  );
  expect(curves.map((path) => path.split("M").length - 1)).toEqual([1, 2, 1]);
  const none = {
    title,
    matrices: [{ label: "x", curves: [{ label: "y", values: Float64Array.of(Number.NaN) }] }],
  };
  await expect(weightFigure(none)).rejects.toThrow("no finite entries");
});
