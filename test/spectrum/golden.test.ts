import { describe, expect, test } from "vitest";
import {
  detX,
  ergTail,
  fitClipped,
  fitNearPeak,
  fitPowerLaw,
  fitWeightWatcherMp,
  fitWithoutTop,
  inverseEigenvalues,
  logAlphaNorm,
  matrixEntropy,
  matrixRank,
  norms,
  type PowerLawFit,
  spectralDistance,
  type WeightWatcherMp,
  weakRankLoss,
} from "../../lib/spectrum/index.ts";
import { asColumn, type GoldenCase, goldenCases, type Recorded, type Section } from "../helpers/golden.ts";

/** Relative tolerances of test/fixtures/golden/README.md. */
function tolerance(name: string): number {
  return name.startsWith("clustered") ? 1e-4 : 1e-9;
}

function expectClose(actual: number | null, recorded: Recorded | undefined, relative: number): void {
  const expected = asColumn(recorded);
  if (expected === null) expect(actual === null || !Number.isFinite(actual)).toBe(true);
  else {
    expect(actual).not.toBeNull();
    expect(Math.abs(actual! - expected)).toBeLessThanOrEqual(relative * Math.abs(expected));
  }
}

function expectFit(fit: Partial<PowerLawFit> | null, section: Section, name: string): void {
  expect(section.status).toBe(fit === null ? "failed" : "success");
  expectClose(fit?.xmin ?? null, section.xmin, 1e-14);
  expectClose(fit?.xmax ?? null, section.xmax, 1e-14);
  expectClose(fit?.numPlSpikes ?? null, section.num_pl_spikes, 0);
  expectClose(fit?.alpha ?? null, section.alpha, tolerance(name));
  expectClose(fit?.D ?? null, section.D, tolerance(name));
  expectClose(fit?.sigma ?? null, section.sigma, tolerance(name));
}

function sides({ esd }: GoldenCase): { N: number; M: number } {
  return { N: esd.N as number, M: esd.M as number };
}

describe.each(goldenCases)("$name", (golden) => {
  const { evals, name } = golden;
  const { N, M } = sides(golden);

  test("power law", () => {
    expectFit(fitPowerLaw(evals), golden.pl, name);
  });

  test("clipped power law", () => {
    for (const [thresh, section] of [
      [1, golden.clip_xmax],
      [0.3, golden["clip_xmax_thresh_0.3"]],
    ] as const) {
      const clipped = fitClipped(evals, thresh);
      expectFit(clipped?.fit ?? null, section, name);
      expectClose(clipped?.rawAlpha ?? null, section.raw_alpha, tolerance(name));
      expect(clipped?.numFingers ?? 0).toBe(section.num_fingers);
    }
  });

  test("power law without the two largest", () => {
    expectFit(fitWithoutTop(evals, 2), golden.drop_top_2, name);
  });

  test.runIf(evals[0]! > 1e-9 * evals.at(-1)! && golden.layer === "linear")("inverse", () => {
    const inverse = inverseEigenvalues([evals], 1);
    expectFit(fitPowerLaw(inverse), golden.inverse, name);
    expectClose(inverse.at(-1)!, golden.inverse.lambda_max, 1e-12);
  });

  test("power law near the peak", () => {
    expectFit(fitNearPeak(evals), golden.xmin_peak_powerlaw, name);
  });

  test("norms, ranks, entropy", () => {
    const of = norms(evals);
    expectClose(of.norm, golden.norms.norm, 1e-12);
    expectClose(of.logNorm, golden.norms.log_norm, 1e-12);
    expectClose(of.spectralNorm, golden.norms.spectral_norm, 0);
    expectClose(of.logSpectralNorm, golden.norms.log_spectral_norm, 1e-12);
    expectClose(of.stableRank, golden.norms.stable_rank, 1e-12);
    const alpha = golden.pl.alpha as number;
    expectClose(logAlphaNorm(evals, alpha), golden.norms.log_alpha_norm, 1e-10);
    expectClose(matrixRank(evals, N), golden.norms.matrix_rank, 0);
    expectClose(matrixEntropy(evals, N), golden.norms.entropy, 1e-10);
    expect(weakRankLoss(evals)).toBe(golden.esd.weak_rank_loss);
  });

  test("Marchenko–Pastur fits", () => {
    const fit = fitWeightWatcherMp(evals, N, M);
    expectMp(fit, golden.mp, "", golden.derived.mp);
    const rand = fitWeightWatcherMp(golden.rand_evals, N, M);
    expectMp(rand, golden.rand, "rand_", golden.derived.rand);
  });

  test("distances to the shuffled spectrum", () => {
    const second = golden.rand_evals_second;
    expectClose(golden.rand_evals.at(-1)!, golden.rand.max_rand_eval, 0);
    expectClose(spectralDistance(evals, second), golden.rand.rand_distance, 1e-8);
    expectClose(second.at(-1)! / evals.at(-1)!, golden.rand.ww_softrank, 1e-12);
    expectClose(evals.at(-1)! - second.at(-1)!, golden.rand.ww_maxdist, 1e-12);
  });

  test("det X = 1", () => {
    const tail = detX(evals);
    expect(tail.detXNum).toBe(golden.detX.detX_num);
    if (evals.at(-1)! > 0) expectClose(tail.detXVal, golden.detX.detX_val, 1e-14);
    expectClose(tail.detXValUnrescaled, golden.detX.detX_val_unrescaled, 1e-12);
    expect(ergTail(evals)).toBe(golden.derived.erg_tail_log);
  });
});

function expectMp(
  fit: WeightWatcherMp | null,
  section: Section,
  prefix: "" | "rand_",
  derived: Section | undefined,
): void {
  expectClose(fit?.sigmaMp ?? null, section[`${prefix}sigma_mp`], 1e-8);
  expectClose(fit?.mpSoftrank ?? null, section[`${prefix}mp_softrank`], 1e-8);
  expectClose(fit?.WScale ?? null, section[`${prefix}W_scale`], 1e-12);
  expectClose(fit?.bulkMax ?? null, section[`${prefix}bulk_max`], 1e-8);
  expectClose(fit?.bulkMin ?? null, section[`${prefix}bulk_min`], 1e-8);
  // An eigenvalue on the threshold may fall on either side.
  expect(derived === undefined || (derived.margin as number) > 1e-6).toBe(true);
  expectClose(fit?.numSpikes ?? null, section[`${prefix}num_spikes`], 0);
}
