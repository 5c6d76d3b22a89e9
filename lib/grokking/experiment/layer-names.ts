/** The paper's names of the matrices; those of a perceptron are FC1, FC2, … there. */
const TRANSFORMER: Readonly<Record<string, string>> = {
  "embed.weight": "embed",
  "attention.q.weight": "Q",
  "attention.k.weight": "K",
  "attention.v.weight": "V",
  "attention.o.weight": "out",
  "mlp.fc1.weight": "fc1",
  "mlp.fc2.weight": "fc2",
  "unembed.weight": "unembed",
};

/** What the paper calls the matrix of this name in a checkpoint; any other name stays. */
export function layerName(parameter: string): string {
  const dense = /^fc(\d+)\.weight$/.exec(parameter);
  return dense === null ? (TRANSFORMER[parameter] ?? parameter) : `FC${dense[1]}`;
}
