import type { Parameter, Parameters } from "../parameters.ts";

/** One array among a network's parameters when all lie one behind the other. */
interface Place {
  readonly name: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** Names and shapes of a network's parameters, in their order. */
export type Shapes = readonly (readonly [name: string, shape: readonly number[]])[];

/** How the parameters of a network lie one behind the other: the order of native/core/train_*.h. */
export class Layout {
  readonly count: number;
  readonly #places: readonly Place[];

  constructor(shapes: Shapes) {
    let begin = 0;
    this.#places = shapes.map(([name, shape]) => {
      const end = begin + shape.reduce((product, side) => product * side, 1);
      const place = { name, shape, begin, end };
      begin = end;
      return place;
    });
    this.count = begin;
  }

  /** The arrays by name; they share the memory of `all`. */
  split(all: Float64Array): Parameters {
    return Object.fromEntries(
      this.#places.map(({ name, shape, begin, end }) => [name, { shape, values: all.subarray(begin, end) }]),
    );
  }

  /** Throws RangeError if an array is missing, of another shape, or not the network's. */
  join(parameters: Parameters): Float64Array {
    const all = new Float64Array(this.count);
    for (const place of this.#places) all.set(fitting(place, parameters[place.name]).values, place.begin);
    const extra = Object.keys(parameters).find((name) => !this.#places.some((place) => place.name === name));
    if (extra !== undefined) throw new RangeError(`the network has no parameter ${extra}`);
    return all;
  }
}

function fitting({ name, shape, begin, end }: Place, parameter: Parameter | undefined): Parameter {
  if (parameter === undefined) throw new RangeError(`parameter ${name} is missing`);
  if (parameter.shape.join() !== shape.join() || parameter.values.length !== end - begin) {
    const received = `${parameter.shape.join(" × ")} with ${parameter.values.length} values`;
    throw new RangeError(`parameter ${name} must be ${shape.join(" × ")}, received ${received}`);
  }
  return parameter;
}
