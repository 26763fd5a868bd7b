/** What a process reports of many round trips; the numbers themselves stay in it. */

/** Sorts in place; returns median, 99th percentile, least, most, their sum and the 99.9th percentile, in nanoseconds. */
export function summarize(nanoseconds: Float64Array): readonly number[] {
  nanoseconds.sort()
  const at = (share: number): number => nanoseconds[Math.floor((nanoseconds.length - 1) * share)] ?? NaN
  const sum = nanoseconds.reduce((total, one) => total + one, 0)
  return [at(0.5), at(0.99), at(0), at(1), sum, at(0.999)]
}
