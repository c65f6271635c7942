/** A data set that is missing, damaged or not what it says it is; the message names the file and what to do. */
export class DataError extends Error {
  /** Always `DataError`. */
  override readonly name = "DataError";
}
