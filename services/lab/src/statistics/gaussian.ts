/** Standard normal values from uniform ones in [0, 1) (Box and Muller 1958); for simulations. */
export function gaussian(uniform: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
